// Run by the laboratory: the distribution of the cross-entropy at test images, at their collaborative and at their adversarial examples, by radius.
import { collaborativeSearch, linf, pgdSearch } from '@st/attacks';
import { useBackend } from '@st/backend';
import { type Classifier, createRng, type Dataset } from '@st/core';
import { writeFileDurably } from '@st/core/node';
import { cifar10 } from '@st/data';
import { crossEntropyPerExample } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';
import { Command } from 'commander';

import { createProgress } from '../../apps/command-line/progress.ts';
import { loadModel } from '../../apps/evaluate/load-model.ts';
import type { LossSummary } from './results.ts';

const RADII = [2, 4, 8, 16];
const EXAMPLES = 1000;
const BATCH = 100;
const STEPS = 20;
/** Step of a search as a share of the radius: the walk may cross the ball two and a half times. */
const STEP_SHARE = 1 / 4;
const QUANTILES = [0, 0.05, 0.25, 0.5, 0.75, 0.95, 1];

type Losses = { readonly natural: number[]; readonly collaborative: number[]; readonly adversarial: number[] };

const { checkpoint, out } = new Command('measure-collaborative')
  .requiredOption('--checkpoint <path>', 'folder of a run')
  .requiredOption('--out <file>', 'JSON file to write')
  .parse()
  .opts<{ checkpoint: string; out: string }>();

const progress = createProgress(process.stdout);
const { name: backend } = await useBackend('auto');
const model = await loadModel(checkpoint, {});
const { test } = await cifar10({ augment: [] });
const byRadius = [];
for (const radius of RADII) byRadius.push({ radius, losses: await lossesWithin(model.classifier, test, radius) });
const radii = byRadius.map(({ radius, losses: { natural, collaborative, adversarial } }) => ({
  radius,
  collaborative: summarize(collaborative),
  adversarial: summarize(adversarial),
  gain: mean(natural) - mean(collaborative),
}));
const natural = summarize(byRadius[0]?.losses.natural ?? []);
await writeFileDurably(out, `${JSON.stringify({ backend, examples: EXAMPLES, natural, radii }, null, 1)}\n`);
progress.clear();
model.dispose();

/** The losses of each image at the three points, with a radius in units of 1/255. */
async function lossesWithin(classifier: Classifier, dataset: Dataset, radius: number): Promise<Losses> {
  const epsilon = radius / 255;
  const options = { threat: linf(epsilon), steps: STEPS, stepSize: epsilon * STEP_SHARE };
  const all: Losses = { natural: [], collaborative: [], adversarial: [] };
  for (let first = 0; first < EXAMPLES; first += BATCH) {
    const rng = createRng(0).split(`${radius} ${first}`);
    const found = tf.tidy(() => {
      const batch = dataset.batch(Array.from({ length: BATCH }, (_, i) => first + i));
      const { adversarial } = pgdSearch(options)(classifier, batch, rng.split('adversarial'));
      const { collaborative } = collaborativeSearch(options)(classifier, batch, rng.split('collaborative'));
      const lossAt = (images: tf.Tensor4D): tf.Tensor1D =>
        crossEntropyPerExample(classifier.logits(images, 'inference'), batch.labels);
      return { natural: lossAt(batch.images), collaborative: lossAt(collaborative), adversarial: lossAt(adversarial) };
    });
    for (const view of ['natural', 'collaborative', 'adversarial'] as const)
      all[view].push(...(await found[view].data()));
    tf.dispose(found);
    progress.show({ task: `radius ${radius}/255`, unit: 'image', done: first + BATCH, total: EXAMPLES });
  }
  return all;
}

function summarize(losses: readonly number[]): LossSummary {
  const sorted = losses.toSorted((a, b) => a - b);
  return { mean: mean(losses), quantiles: QUANTILES.map((share) => quantile(sorted, share)) };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** By linear interpolation between the sorted values. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (at - Math.floor(at)) * (above - below);
}
