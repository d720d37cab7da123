import { collaborativeSearch, pgdSearch } from '@st/attacks';
import { type Classifier, createRng } from '@st/core';
import type { ImageDataset } from '@st/data';
import * as tf from '@tensorflow/tfjs-core';

import type { Configuration } from './configuration.ts';
import { largestChange } from './largest-change.ts';
import type { GallerySample, GalleryView } from './report/report-data.ts';
import { threatOf } from './threat-of.ts';

type View = keyof GallerySample['views'];

/** One view of the samples, read back from the device. */
type ReadView = { readonly images: Float32Array; readonly probabilities: Float32Array };

/** The first test image of each class in its three views, with the model's predictions. */
export async function collectGallery(
  classifier: Classifier,
  dataset: ImageDataset,
  configuration: Configuration,
): Promise<GallerySample[]> {
  const indices = firstOfEachClass(dataset);
  const names = dataset.classNames ?? [];
  const views = searchViews(classifier, dataset, indices, configuration);
  const read = {
    collaborative: await readView(classifier, views.collaborative),
    natural: await readView(classifier, views.natural),
    adversarial: await readView(classifier, views.adversarial),
  };
  tf.dispose(views);
  const scale = 255 / (2 * largestChange(configuration));
  return indices.map((index, i) => {
    const sample = (view: View): GalleryView => sampleOf(i, read[view], read.natural, { names, scale });
    return {
      label: names[dataset.label(index)] ?? String(dataset.label(index)),
      views: { collaborative: sample('collaborative'), natural: sample('natural'), adversarial: sample('adversarial') },
    };
  });
}

function firstOfEachClass(dataset: ImageDataset): number[] {
  const first = new Map<number, number>();
  for (let index = 0; index < dataset.size && first.size < dataset.classes; index++) {
    const label = dataset.label(index);
    if (!first.has(label)) first.set(label, index);
  }
  return [...first].sort(([a], [b]) => a - b).map(([, index]) => index);
}

function searchViews(
  classifier: Classifier,
  dataset: ImageDataset,
  indices: readonly number[],
  configuration: Configuration,
): { [V in View]: tf.Tensor4D } {
  const { evalSteps: steps, evalStepSize: stepSize, seed } = configuration;
  const options = { threat: threatOf(configuration), steps, stepSize };
  const rng = createRng(seed).split('gallery');
  return tf.tidy(() => {
    const batch = dataset.batch(indices);
    const { adversarial } = pgdSearch(options)(classifier, batch, rng.split('adversarial'));
    const { collaborative } = collaborativeSearch(options)(classifier, batch, rng.split('collaborative'));
    return { natural: batch.images, adversarial, collaborative };
  });
}

async function readView(classifier: Classifier, images: tf.Tensor4D): Promise<ReadView> {
  const probabilities = tf.tidy(() => tf.softmax(classifier.logits(images, 'inference')));
  const [pixels, values] = await Promise.all([images.data<'float32'>(), probabilities.data<'float32'>()]);
  probabilities.dispose();
  return { images: pixels, probabilities: values };
}

function sampleOf(
  i: number,
  view: ReadView,
  natural: ReadView,
  { names, scale }: { readonly names: readonly string[]; readonly scale: number },
): GalleryView {
  const size = natural.images.length / (natural.probabilities.length / names.length);
  const pixels = [...view.images.subarray(i * size, (i + 1) * size)];
  const added = pixels.map((value, j) => value - (natural.images[i * size + j] ?? 0));
  const probabilities = [...view.probabilities.subarray(i * names.length, (i + 1) * names.length)];
  const confidence = Math.max(...probabilities);
  return {
    pixels: pixels.map((value) => Math.round(255 * value)),
    perturbation:
      view === natural ? [] : added.map((value) => Math.round(Math.min(255, Math.max(0, 127.5 + scale * value)))),
    predicted: names[probabilities.indexOf(confidence)] ?? '',
    confidence,
  };
}
