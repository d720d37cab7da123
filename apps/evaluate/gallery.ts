import type { ImageDataset } from '@st/data';
import type { FoundExamples, RobustnessReport } from '@st/evaluation';
import { countedPoints } from '@st/evaluation/report';
import * as tf from '@tensorflow/tfjs-core';

/** An adversarial example with its natural image. */
export type FoundSample = {
  readonly label: string;
  /** The class that the model predicts at the adversarial point. */
  readonly predicted: string;
  readonly attack: string;
  readonly norm: number;
  /** `[height, width, channels]`. */
  readonly imageShape: ImageDataset['imageShape'];
  /** Pixels in [0, 255], row by row. */
  readonly natural: readonly number[];
  /** The perturbation around gray, scaled so that the largest change is black or white. */
  readonly perturbation: readonly number[];
  readonly adversarial: readonly number[];
};

/** Number of samples shown. */
const SAMPLES = 12;

/** Samples of the adversarial examples, of as many classes as possible, in the order of evaluation. */
export async function sampleFound(
  report: RobustnessReport,
  dataset: ImageDataset,
  found: readonly FoundExamples[],
): Promise<FoundSample[]> {
  const counted = countedPoints(report, found);
  const points = new Map(counted.map((point) => [point.index, point]));
  const chosen = spreadOverClasses(counted.map(({ index }) => ({ index, label: dataset.label(index) })));
  if (chosen.length === 0) return [];
  const batch = dataset.batch(chosen);
  const pixels = await batch.images.data<'float32'>();
  tf.dispose([batch.images, batch.labels]);
  const size = pixels.length / chosen.length;
  return chosen.flatMap((index, i) => {
    const point = points.get(index);
    if (!point) return [];
    const natural = pixels.subarray(i * size, (i + 1) * size);
    return [
      {
        label: nameOf(report, dataset.label(index)),
        predicted: nameOf(report, point.predicted),
        attack: point.attack,
        norm: point.norm,
        imageShape: dataset.imageShape,
        natural: Array.from(natural, toByte),
        perturbation: magnified(natural, point.image),
        adversarial: Array.from(point.image, toByte),
      },
    ];
  });
}

/** Takes one of each class in turn, until there are enough. */
function spreadOverClasses(candidates: readonly { readonly index: number; readonly label: number }[]): number[] {
  const seen = new Map<number, number>();
  const ranked = candidates
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, label }) => {
      const rank = seen.get(label) ?? 0;
      seen.set(label, rank + 1);
      return { index, label, rank };
    });
  const order = ranked.toSorted((a, b) => a.rank - b.rank || a.label - b.label);
  return order.slice(0, SAMPLES).map(({ index }) => index);
}

function magnified(natural: Float32Array, point: Float32Array): number[] {
  const added = Array.from(point, (value, i) => value - (natural[i] ?? 0));
  const largest = added.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  return added.map((value) => Math.round(127.5 + (127.5 * value) / largest));
}

function toByte(value: number): number {
  return Math.round(255 * value);
}

function nameOf({ dataset: { classNames } }: RobustnessReport, label: number): string {
  return classNames?.[label] ?? String(label);
}
