import { type Batch, type Classifier, createRng } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import type { Attack, AttackRandomness } from './attack.ts';
import { takeRows } from './take-rows.ts';

/** Streams as an evaluation makes them: one of each example's own, by its index in the data set. */
export function randomnessOf(seed: number, examples: readonly number[]): AttackRandomness {
  const rng = createRng(seed);
  return { examples: examples.map((example) => rng.split(`example ${example}`)), shared: rng.split('shared') };
}

/** What an attack came to, as plain numbers. */
export type Outcome = {
  readonly adversarial: number[][];
  readonly found: number[];
  readonly queries: number[];
  readonly gradientCalls: number[];
};

/** Runs an attack on a data set in batches of a size, the last of which may be smaller. */
export async function runInBatches(
  attack: Attack,
  classifier: Classifier,
  { images, labels }: Batch,
  { batchSize = images.shape[0], seed = 1 }: { readonly batchSize?: number; readonly seed?: number } = {},
): Promise<Outcome> {
  const outcome: Outcome = { adversarial: [], found: [], queries: [], gradientCalls: [] };
  const all = [...Array(images.shape[0]).keys()];
  for (let from = 0; from < all.length; from += batchSize) {
    const rows = all.slice(from, from + batchSize);
    const batch = { images: takeRows(images, rows), labels: takeRows(labels, rows) };
    const result = await attack.run(classifier, batch, randomnessOf(seed, rows));
    const pixels = images.size / images.shape[0];
    const values = result.adversarial.dataSync();
    rows.forEach((_, row) => {
      outcome.adversarial.push(Array.from(values.slice(row * pixels, (row + 1) * pixels)));
    });
    outcome.found.push(...result.found);
    outcome.queries.push(...result.queries);
    outcome.gradientCalls.push(...result.gradientCalls);
    tf.dispose([batch.images, batch.labels, result.adversarial]);
  }
  return outcome;
}
