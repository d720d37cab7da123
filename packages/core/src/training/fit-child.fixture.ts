import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
// not from @st/testing, whose other parts import vitest, which only its own workers can load
import { miniatureDataset, miniatureModel } from '../../../../testing/src/miniature.ts';
import { SGD } from '../optimizer/sgd.ts';
import { piecewise } from '../schedules/piecewise.ts';
import { fit } from './fit.ts';
import { noiseObjective, noiseSearch } from './noise-objective.fixture.ts';

/** The run that the kill test starts in a child process: `node --import tsx fit-child.fixture.ts <folder>`. Prints one line per step. */
const [, , folder = ''] = process.argv;

await tf.setBackend('cpu');
Reflect.set(tf.backend(), 'firstUse', false); // keeps tfjs from printing its advertisement for tfjs-node

await fit(miniatureModel(), miniatureDataset(), {
  objective: noiseObjective,
  optimizer: new SGD({
    learningRate: piecewise(0.05, { 8: 0.005 }),
    momentum: 0.9,
    weightDecay: 1e-3,
    nesterov: true,
  }),
  epochs: 12,
  batchSize: 16,
  seed: 3,
  validation: miniatureDataset({ seed: 2, size: 20 }),
  evaluation: { search: noiseSearch },
  checkpoint: folder,
  checkpointEvery: 3,
  resume: true,
  onEvent: (event) => {
    if (event.type === 'step') process.stdout.write(`${event.step}\n`);
  },
});
