import { afterEach, describe, expect, it } from 'vitest';

import * as core from './index.ts';
import { disposeMade } from './training/fit-in-memory.fixture.ts';

afterEach(disposeMade);

/** What plausible mistakes pass: nothing, a promise that nobody awaited, a path, a number, an object of other members. */
const VALUES: [string, () => unknown][] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a word', () => 'x'],
  ['a promise', () => Promise.resolve(1)],
  ['a number', () => 7],
  ['an object', () => ({})],
  ['a list', () => []],
];

const called: Record<string, (...values: never[]) => unknown> = {
  SGD: (options: never) => new core.SGD(options),
  WeightAverage: (classifier: never, averaging: never) => new core.WeightAverage(classifier, averaging),
  asClassifier: core.asClassifier as never,
  logitsClassifier: core.logitsClassifier,
  classifierOf: core.classifierOf,
  checkBatch: (batch: never) => core.checkBatch('[@st/x] y', batch),
  checkClassifier: (value: never) => core.checkClassifier('[@st/x] y', value),
  checkDataset: (value: never) => core.checkDataset('[@st/x] y', 'train', value),
  checkDatasetFits: (a: never, b: never) => core.checkDatasetFits('[@st/x] y', a, b),
  checkObjective: (value: never) => core.checkObjective('[@st/x] y', value),
  checkRng: (value: never) => core.checkRng('[@st/x] y', value),
  checkTrainable: (a: never, b: never) => core.checkTrainable('[@st/x] y', a, b),
  clipByGlobalNorm: core.clipByGlobalNorm,
  constant: core.constant,
  cosine: core.cosine,
  createRng: core.createRng,
  decodeCheckpoint: core.decodeCheckpoint,
  digestOfModel: core.digestOfModel,
  ema: core.ema,
  evaluate: core.evaluate,
  fit: core.fit,
  oneCycle: core.oneCycle,
  piecewise: core.piecewise,
  presetSchedule: core.presetSchedule,
  readSafetensors: core.readSafetensors,
  recomputeStatistics: core.recomputeStatistics,
  restoreRng: core.restoreRng,
  swa: core.swa,
  tfjsOptimizer: core.tfjsOptimizer,
  trainStep: core.trainStep,
  untracked: core.untracked,
  valueAndGradients: core.valueAndGradients,
  warmup: core.warmup,
};

describe.each(Object.entries(called))('%s', (_name, f) => {
  it.each(VALUES)('throws no error but a typed one for %s', async (_title, value) => {
    let error: unknown;
    try {
      await f(...([value(), value(), value()] as never[]));
    } catch (thrown) {
      error = thrown;
    }
    if (error !== undefined) expect(error).toBeInstanceOf(core.StError);
  });
});
