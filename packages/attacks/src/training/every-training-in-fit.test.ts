import { ema, type FitOptions, fit, LAST_CHECKPOINT, type Objective, SGD } from '@st/core';
import { decodeCheckpoint } from '@st/core/kit';
import { withWeightPerturbation } from '@st/losses';
import { memoryStore, miniatureDataset, miniatureModel } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { adversarialTraining } from './adversarial-training.ts';
import { alpTraining } from './alp-training.ts';
import { fgsmRsTraining } from './fgsm-rs-training.ts';
import { freeAdversarialTraining } from './free-adversarial-training.ts';
import { martTraining } from './mart-training.ts';
import { nFgsmTraining } from './n-fgsm-training.ts';
import { naturalTraining } from './natural-training.ts';
import { rstTradesTraining } from './rst-trades-training.ts';
import { squeezeTraining } from './squeeze-training.ts';
import { tradesTraining } from './trades-training.ts';

const STEPS = 20;
const epsilon = 0.1;
const walk = { epsilon, steps: 1, stepSize: 0.05 };

/** Every training with the fewest steps that use all its parts. */
const METHODS: Readonly<Record<string, Objective>> = {
  squeeze: squeezeTraining({ ...walk, beta: 6 }),
  trades: tradesTraining({ ...walk, beta: 6 }),
  'rst-trades': rstTradesTraining({ ...walk, beta: 6 }),
  mart: martTraining({ ...walk, beta: 5 }),
  alp: alpTraining({ ...walk, beta: 0.5 }),
  at: adversarialTraining({ ...walk, mode: 'batch-tracking', keep: 'strongest' }),
  'fgsm-rs': fgsmRsTraining({ epsilon }),
  'n-fgsm': nFgsmTraining({ epsilon }),
  free: freeAdversarialTraining({ epsilon, replays: 3 }),
  natural: naturalTraining(),
};

/** Trains up to `stopAfter` steps with a new model and optimizer, as a new process would; returns the leaked tensors and the checkpoint. */
async function train(
  objective: Objective,
  changes: Partial<FitOptions>,
  { store = memoryStore(), stopAfter = Number.POSITIVE_INFINITY } = {},
): Promise<{ bytes: Uint8Array; leaked: number; store: typeof store }> {
  const before = tf.memory().numTensors;
  const model = miniatureModel();
  const optimizer = new SGD({ learningRate: 0.05, momentum: 0.9, weightDecay: 5e-4 });
  const controller = new AbortController();
  const { step } = await fit(model, miniatureDataset({ size: 20 }), {
    ...{ objective, optimizer, epochs: 50, steps: STEPS, batchSize: 6, seed: 1, checkpoint: store, resume: true },
    ...changes,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === stopAfter) controller.abort();
    },
  });
  expect(step).toBe(Math.min(STEPS, stopAfter));
  optimizer.dispose();
  model.dispose();
  return {
    bytes: store.files.get(LAST_CHECKPOINT) ?? new Uint8Array(),
    leaked: tf.memory().numTensors - before,
    store,
  };
}

const weightsIn = (bytes: Uint8Array): string =>
  JSON.stringify([...decodeCheckpoint(bytes).tensors].filter(([name]) => name.startsWith('weights/')));

describe.each(Object.entries(METHODS))('%s', (_method, method) => {
  const perturbed = withWeightPerturbation(method, { gamma: 0.01 });
  const clipped = { clipNorm: 1 };
  const averaging = { averaging: ema({ decay: 0.9 }) };

  it.each<[string, Objective, Partial<FitOptions>]>([
    ['alone', method, {}],
    ['with AWP', perturbed, {}],
    ['with EMA', method, averaging],
    ['with AWP, EMA and clipping', perturbed, { ...averaging, ...clipped }],
  ])('%s trains, leaks nothing, and resumes bit for bit', async (_title, objective, changes) => {
    const whole = await train(objective, changes);
    const cut = await train(objective, changes, { stopAfter: 7 });
    const resumed = await train(objective, changes, { store: cut.store });
    expect([whole.leaked, cut.leaked, resumed.leaked]).toEqual([0, 0, 0]);
    expect(resumed.bytes).toEqual(whole.bytes);
    expect(cut.bytes).not.toEqual(whole.bytes);
  });

  it('gets other weights by weight perturbation, and the same by averaging', async () => {
    const stopAfter = 2;
    const alone = await train(method, {}, { stopAfter });
    const averaged = await train(method, averaging, { stopAfter });
    const moved = await train(perturbed, {}, { stopAfter });
    expect(weightsIn(averaged.bytes)).toBe(weightsIn(alone.bytes));
    expect(weightsIn(moved.bytes)).not.toBe(weightsIn(alone.bytes));
  });
});

describe('a run that is resumed', () => {
  it('rejects another weight perturbation, none, another training, and other settings', async () => {
    const at = adversarialTraining(walk);
    const resumed = async (before: Objective, now: Objective): Promise<unknown> => {
      const { store } = await train(before, {}, { stopAfter: 2 });
      return train(now, {}, { store });
    };
    const awp = (gamma: number): Objective => withWeightPerturbation(at, { gamma });
    await expect(resumed(awp(0.01), awp(0.005))).rejects.toThrow(
      'objective.weightPerturbation.gamma was 0.01 and is 0.005. Set it back',
    );
    await expect(resumed(awp(0.01), at)).rejects.toThrow('objective.weightPerturbation was {"gamma":0.01');
    await expect(resumed(at, adversarialTraining({ ...walk, steps: 2 }))).rejects.toThrow(
      'objective.steps was 1 and is 2.',
    );
    await expect(resumed(at, martTraining({ ...walk, beta: 5 }))).rejects.toThrow(/objective\.\w+ was /);
    const free = (stepSize: number): Objective => freeAdversarialTraining({ epsilon, replays: 2, stepSize });
    await expect(resumed(free(0.1), free(0.05))).rejects.toThrow('objective.stepSize was 0.1 and is 0.05.');
  });
});
