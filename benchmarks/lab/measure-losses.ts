import { collaborativeSearch, linf, pgdSearch } from '@st/attacks';
import { type Classifier, createRng, type Dataset } from '@st/core';
import { crossEntropyPerExample } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';
import { mean } from 'simple-statistics';

import type { LossSummary, MeasuredLosses } from './results.ts';

const STEPS = 20;
/** Step of a search as a share of the radius: the walk may cross the ball two and a half times. */
const STEP_SHARE = 1 / 4;
const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];
const VIEWS = ['natural', 'collaborative', 'adversarial'] as const;

export type MeasureLossesOptions = {
  /** Images, from the first; a multiple of `batchSize`. */
  readonly examples: number;
  readonly batchSize: number;
  /** In units of 1/255. */
  readonly radii: readonly number[];
  readonly onProgress?: (radius: number, done: number, total: number) => void;
};

type Losses = { readonly [view in (typeof VIEWS)[number]]: number[] };

/** The distribution of the cross-entropy at images, and by radius at their collaborative and at their adversarial examples. */
export async function measureLosses(
  classifier: Classifier,
  dataset: Dataset,
  options: MeasureLossesOptions,
): Promise<MeasuredLosses> {
  const found = [];
  for (const radius of options.radii)
    found.push({ radius, losses: await lossesWithin(classifier, dataset, radius, options) });
  return {
    examples: options.examples,
    natural: summarize(found[0]?.losses.natural ?? []),
    radii: found.map(({ radius, losses: { natural, collaborative, adversarial } }) => ({
      radius,
      collaborative: summarize(collaborative),
      adversarial: summarize(adversarial),
      gain: mean(natural) - mean(collaborative),
    })),
  };
}

/** The losses of each image at the three points. */
async function lossesWithin(
  classifier: Classifier,
  dataset: Dataset,
  radius: number,
  { examples, batchSize, onProgress }: MeasureLossesOptions,
): Promise<Losses> {
  const epsilon = radius / 255;
  const options = { threat: linf(epsilon), steps: STEPS, stepSize: epsilon * STEP_SHARE };
  const all: Losses = { natural: [], collaborative: [], adversarial: [] };
  for (let first = 0; first < examples; first += batchSize) {
    const rng = createRng(0).split(`${radius} ${first}`);
    const losses = tf.tidy(() => {
      const batch = dataset.batch(Array.from({ length: batchSize }, (_, i) => first + i));
      const { adversarial } = pgdSearch(options)(classifier, batch, rng.split('adversarial'));
      const { collaborative } = collaborativeSearch(options)(classifier, batch, rng.split('collaborative'));
      const lossAt = (images: tf.Tensor4D): tf.Tensor1D =>
        crossEntropyPerExample(classifier.logits(images, 'inference'), batch.labels);
      return { natural: lossAt(batch.images), collaborative: lossAt(collaborative), adversarial: lossAt(adversarial) };
    });
    for (const view of VIEWS) all[view].push(...(await losses[view].data()));
    tf.dispose(losses);
    onProgress?.(radius, first + batchSize, examples);
  }
  return all;
}

function summarize(losses: readonly number[]): LossSummary {
  const sorted = losses.toSorted((a, b) => a - b);
  return { mean: mean([...losses]), quantiles: QUANTILES.map((share) => quantile(sorted, share)) };
}

/** By linear interpolation between the sorted values, as in the reports of evaluations; simple-statistics takes the nearest value. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (at - Math.floor(at)) * (above - below);
}
