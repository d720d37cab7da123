import { collaborativeSearch, pgdSearch } from '@st/attacks';
import { type Classifier, createRng, type Dataset, type Rng } from '@st/core';
import { crossEntropyPerExample } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';

import type { Configuration } from './configuration.ts';
import type { Landscape } from './report/report-data.ts';
import { threatOf } from './threat-of.ts';

/** Positions on the path: -1 is the collaborative example, 0 the image, 1 the adversarial example. */
const POSITIONS = Array.from({ length: 21 }, (_, i) => (i - 10) / 10);

export type LandscapeOptions = {
  readonly name: string;
  readonly configuration: Configuration;
  /** Called after each batch with the number of images done. */
  readonly onProgress: (done: number) => void;
};

/** The loss of test images along straight lines from the collaborative example to the image, and from there to the adversarial example. */
export async function traceLandscape(
  classifier: Classifier,
  dataset: Dataset,
  { name, configuration, onProgress }: LandscapeOptions,
): Promise<Landscape> {
  const { pathExamples, batchSize, seed } = configuration;
  const examples = Math.min(pathExamples, dataset.size);
  const losses: number[][] = POSITIONS.map(() => []);
  for (let start = 0; start < examples; start += batchSize) {
    const indices = Array.from({ length: Math.min(batchSize, examples - start) }, (_, i) => start + i);
    const rng = createRng(seed).split(`landscape ${start}`);
    const found = lossesAlongPath(classifier, dataset, { indices, configuration, rng });
    for (const [i, values] of found.entries()) losses[i]?.push(...(await values.data()));
    tf.dispose(found);
    onProgress(start + indices.length);
  }
  const sorted = losses.map((values) => values.toSorted((a, b) => a - b));
  return {
    name,
    examples,
    positions: POSITIONS,
    mean: sorted.map((values) => values.reduce((sum, value) => sum + value, 0) / values.length),
    low: sorted.map((values) => values[Math.floor(values.length / 4)] ?? Number.NaN),
    high: sorted.map((values) => values[Math.floor((3 * values.length) / 4)] ?? Number.NaN),
  };
}

type PathOptions = { readonly indices: readonly number[]; readonly configuration: Configuration; readonly rng: Rng };

/** The loss of each image, `[batch]`, at each position. */
function lossesAlongPath(
  classifier: Classifier,
  dataset: Dataset,
  { indices, configuration, rng }: PathOptions,
): tf.Tensor1D[] {
  const options = {
    threat: threatOf(configuration),
    steps: configuration.evalSteps,
    stepSize: configuration.evalStepSize,
  };
  return tf.tidy(() => {
    const batch = dataset.batch(indices);
    const { adversarial } = pgdSearch(options)(classifier, batch, rng.split('adversarial'));
    const { collaborative } = collaborativeSearch(options)(classifier, batch, rng.split('collaborative'));
    return POSITIONS.map((position) =>
      tf.tidy(() => {
        const end = position < 0 ? collaborative : adversarial;
        const at: tf.Tensor4D = tf.add(batch.images, tf.mul(Math.abs(position), tf.sub(end, batch.images)));
        return crossEntropyPerExample(classifier.logits(at, 'inference'), batch.labels);
      }),
    );
  });
}
