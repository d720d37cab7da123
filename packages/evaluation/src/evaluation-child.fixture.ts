import '@tensorflow/tfjs-backend-cpu';
import { linf } from '@st/attacks';
import { createRng, type Dataset } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';

import { evaluateRobustness } from './evaluate-robustness.ts';
import { cornerAttack, pgdAttack } from './testing-attacks.fixture.ts';

/** The evaluation that the kill test runs in a child process: `<folder> <batch size>`. Prints one line per batch, then the report. */
const [, , folder = '', batchSize = '4'] = process.argv;

await tf.setBackend('cpu');
Reflect.set(tf.backend(), 'firstUse', false); // prevents tfjs from printing its advertisement for tfjs-node

const pixels = createRng(1);
const images = Array.from({ length: 30 }, () => Array.from({ length: 16 }, () => 0.2 + 0.6 * pixels.next()));
const dataset: Dataset = {
  name: 'noise',
  size: images.length,
  classes: 3,
  imageShape: [4, 4, 1],
  batch: (indices) => ({
    images: tf.tensor4d(Array.from(indices, (i) => images[i] ?? []).flat(), [indices.length, 4, 4, 1]),
    labels: tf.tensor1d(
      Array.from(indices, (i) => i % 3),
      'int32',
    ),
  }),
};
const classifier = sequential({
  layers: [
    layers.flatten({ inputShape: [4, 4, 1] }),
    layers.dense({ units: 12, activation: 'tanh', kernelInitializer: initializers.glorotUniform({ seed: 1 }) }),
    layers.dense({ units: 3, kernelInitializer: initializers.glorotUniform({ seed: 2 }) }),
  ],
});
const threat = linf(0.05);

const report = await evaluateRobustness({
  classifier,
  dataset,
  attacks: [
    pgdAttack({ threat, steps: 2 }),
    pgdAttack({ name: 'longer', threat, steps: 20 }),
    cornerAttack({ threat }),
  ],
  curve: {
    epsilons: [0.02, 0.1],
    attacksAt: (epsilon) => [pgdAttack({ name: `pgd ${epsilon}`, threat: linf(epsilon), steps: 5 })],
  },
  seed: 3,
  batchSize: Number(batchSize),
  state: folder,
  resume: true,
  onProgress: ({ name, done, total, etaSeconds }) => {
    process.stdout.write(`${etaSeconds === null ? 'read' : 'done'} ${name} ${done}/${total}\n`);
  },
});
process.stdout.write(`${JSON.stringify(report)}\n`);
