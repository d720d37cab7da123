import { type Dataset, ema, type FitEvent, type FitOptions, fit, LAST_CHECKPOINT, type Objective, SGD } from '@st/core';
import { decodeCheckpoint } from '@st/core/kit';
import { arrayDataset, type ImageDataset, semiSupervised, unlabeled } from '@st/data';
import { objective, rstTradesLoss, withDelay, withWeightPerturbation } from '@st/losses';
import { memoryStore, miniatureDataset, miniatureModel } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { linf } from '../ball/threat.ts';
import { pgdSearch } from '../search/pgd-search.ts';
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

const epsilon = 0.1;
const walk = { epsilon, steps: 2, stepSize: 0.05 };
const rst = rstTradesTraining({ ...walk, beta: 6, entropyWeight: 0.5 });

/** The miniature images, one by one. */
function images(size: number, seed: number): ImageDataset {
  const { name, classes, imageShape, batch } = miniatureDataset({ size, seed });
  const all = tf.tidy(() => {
    const { images, labels } = batch(Array.from({ length: size }, (_, i) => i));
    return { pixels: images.dataSync<'float32'>(), labels: labels.dataSync() };
  });
  return arrayDataset({ name, classes, imageShape, ...all });
}

const few = images(12, 1);
const many = images(30, 2);
/** 2 labeled and 4 unlabeled images a batch. */
const partly = (): Dataset => semiSupervised(few, unlabeled(many), { labeledFraction: 1 / 3 });

async function train(
  of: Objective,
  {
    train = partly(),
    stopAfter = Number.POSITIVE_INFINITY,
    store = memoryStore(),
    ...changes
  }: Partial<FitOptions> & {
    readonly train?: Dataset;
    readonly stopAfter?: number;
    readonly store?: ReturnType<typeof memoryStore>;
  } = {},
): Promise<{ bytes: Uint8Array; leaked: number; events: FitEvent[]; store: ReturnType<typeof memoryStore> }> {
  const before = tf.memory().numTensors;
  const model = miniatureModel();
  const optimizer = new SGD({ learningRate: 0.05, momentum: 0.9 });
  const controller = new AbortController();
  const events: FitEvent[] = [];
  try {
    await fit(model, train, {
      ...{ objective: of, optimizer, epochs: 3, batchSize: 6, seed: 1, checkpoint: store, resume: true },
      validation: few,
      ...changes,
      signal: controller.signal,
      onEvent: (event) => {
        events.push(event);
        if (event.type === 'step' && event.step === stopAfter) controller.abort();
      },
    });
  } finally {
    optimizer.dispose();
    model.dispose();
  }
  const bytes = store.files.get(LAST_CHECKPOINT) ?? new Uint8Array();
  return { bytes, leaked: tf.memory().numTensors - before, events, store };
}

describe("training on unlabeled images by robust self-training's TRADES", () => {
  it.each<[string, Objective, Partial<FitOptions>]>([
    ['alone', rst, {}],
    ['with AWP and EMA', withWeightPerturbation(rst, { gamma: 0.01 }), { averaging: ema({ decay: 0.9 }) }],
    [
      'delayed by itself without entropy',
      withDelay(rst, { steps: 5, before: rstTradesTraining({ ...walk, beta: 1 }) }),
      {},
    ],
  ])('trains in fit %s, leaks nothing, and resumes bit for bit', async (_title, of, changes) => {
    const whole = await train(of, changes);
    const cut = await train(of, { ...changes, stopAfter: 8 });
    const resumed = await train(of, { ...changes, store: cut.store });
    expect([whole.leaked, cut.leaked, resumed.leaked]).toEqual([0, 0, 0]);
    expect(cut.bytes).not.toEqual(whole.bytes);
    expect(resumed.bytes).toEqual(whole.bytes);
    expect(decodeCheckpoint(whole.bytes).run.step).toBe(0); // all of its epochs
  });

  it('learns the classes from the labeled images, with both kinds of images in each batch', async () => {
    const { events } = await train(rstTradesTraining({ ...walk, beta: 1, entropyWeight: 0.1 }), { epochs: 12 });
    const steps = events.flatMap((event) => (event.type === 'step' ? [event.losses] : []));
    expect(steps).toHaveLength(12 * 6); // 12 labeled images, 2 a batch
    for (const { natural, entropy } of steps) {
      expect(natural).toBeGreaterThan(0); // 0 where no image of the batch has a label
      expect(entropy).toBeGreaterThan(0); // 0 where all have
    }
    const evaluations = events.flatMap((event) => (event.type === 'evaluation' ? [event.evaluation] : []));
    expect(evaluations.at(-1)?.natural.accuracy).toBeGreaterThan(0.9);
  });

  it.each<[string, Objective]>([
    ['squeeze', squeezeTraining({ ...walk, beta: 6 })],
    ['trades', tradesTraining({ ...walk, beta: 6 })],
    ['mart', martTraining({ ...walk, beta: 5 })],
    ['alp', alpTraining({ ...walk, beta: 0.5 })],
    ['at', adversarialTraining(walk)],
    ['fgsm-rs', fgsmRsTraining({ epsilon })],
    ['n-fgsm', nFgsmTraining({ epsilon })],
    ['free', freeAdversarialTraining({ epsilon, replays: 2 })],
    ['natural', naturalTraining()],
    [
      'its loss with a search by labels',
      objective({
        search: pgdSearch({ steps: 2, stepSize: 0.05, threat: linf(epsilon) }),
        loss: rstTradesLoss({ beta: 6 }),
      }),
    ],
    ['its own after natural training', withDelay(rst, { steps: 1 })],
  ])('is rejected for %s', async (_title, of) => {
    await expect(train(of)).rejects.toThrow(
      "[@st/core] fit: train: every image must have a label, but 'miniature + miniature, unlabelled (33 % labelled)' holds images without one. Train on it with an objective that takes unlabeled images, rstTradesTraining({ ... }) of @st/attacks",
    );
  });
});
