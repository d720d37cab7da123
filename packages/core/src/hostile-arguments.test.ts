import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore, miniatureDataset, miniatureModel, testHostileArguments } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach } from 'vitest';

import * as main from './index.ts';
import * as kit from './kit.ts';
import * as node from './node.ts';
import { disposeMade, made } from './training/fit-in-memory.fixture.ts';
import { noiseObjective, noiseSearch } from './training/noise-objective.fixture.ts';

const core = { ...main, ...kit };

const model = miniatureModel();
const classifier = core.asClassifier(model);
const dataset = miniatureDataset({ size: 4 });
const rng = core.createRng(1);
const where: kit.Where = '[@st/x] y';
const progress: kit.Progress = { epoch: 1, step: 0, stepsPerEpoch: 2, epochs: 1 };
const signal = new AbortController().signal;

const bytes = core.encodeCheckpoint({
  tensors: new Map(),
  run: {
    ...{ epoch: 1, step: 0, optimizerSteps: 0, best: null, rng: rng.state(), losses: {} },
    ...{ backend: 'cpu', settings: {}, config: {} },
  },
});
const optimizer = new core.SGD({ learningRate: 0.1 });
const checkpoint = await core.captureCheckpoint(classifier, optimizer, core.decodeCheckpoint(bytes).run);
const store = memoryStore();
store.files.set(core.BEST_CHECKPOINT, core.encodeCheckpoint(checkpoint));

const batch = (): main.Batch => dataset.batch([0, 1]);
const examples = (): main.Examples => {
  const { images, labels } = batch();
  return { labels, views: { natural: images, adversarial: images } };
};
const values = { pixels: [0.5], labels: [1], targets: [0, 1, 0] };

afterEach(disposeMade);
afterAll(() => {
  model.dispose();
  optimizer.dispose();
});

const isWhole = (value: object): boolean =>
  [model, classifier, dataset, rng, store, noiseObjective].some((whole) => whole === value);

testHostileArguments({
  exports: core,
  isWhole,
  // errors accept any message; the others take no arguments
  takesAny: [
    ...['StError', 'BackendError', 'CheckpointError', 'DataFormatError', 'InvalidArgumentError', 'ShapeError'],
    ...['MissingGradientError', 'CarriedTensors', 'describeValue', 'nextTurn', 'readsAreFree', 'findDifference'],
  ],
  takesNull: [
    // names that only appear in messages
    ...['checkChoice: 1', 'checkDataset: 1', 'checkImageShape: 1', 'checkKind: 1', 'checkNumber: 1', 'checkObject: 1'],
    ...['checkRng: 2', 'checkTensor: 1', 'decodeCheckpoint: 1', 'checkLabeled: 2', 'readJson: 0', 'readSafetensors: 1'],
  ],
  calls: {
    SGD: () => [{ learningRate: 0.1, momentum: 0.9, weightDecay: 0, nesterov: true }],
    WeightAverage: () => [classifier, core.ema({ decay: 0.9 })],
    asClassifier: () => [model, { regularizers: 'included' }],
    blockedLength: () => [tf.ones([2, 2])],
    blockedSum: () => [tf.ones([2, 40])],
    captureCheckpoint: () => [classifier, optimizer, checkpoint.run, [['average/x', tf.scalar(1)]]],
    checkBatch: () => [where, batch(), { classes: 3, takesUnlabeled: false }],
    checkBatchValues: () => [where, batch(), 3, { takesUnlabeled: true }],
    checkChoice: () => [where, 'word', 'a', ['a', 'b']],
    checkClassifier: () => [where, classifier],
    checkDataset: () => [where, 'train', dataset],
    checkDatasetFits: () => [where, classifier, dataset],
    checkImageShape: () => [where, 'shape', [2, 2, 3]],
    checkKind: () => [where, 'word', 'a', 'text'],
    checkKinds: () => [where, { word: 'a' }, { word: 'text' }],
    checkKnownOptions: () => [where, { a: 1 }, ['a', 'b']],
    checkLabeled: () => [where, dataset, 'Leave it out.'],
    checkNumber: () => [where, 'count', 2, { min: 1, max: 2, integer: true }],
    checkObject: () => [where, 'options', {}, ['a']],
    checkObjective: () => [where, noiseObjective],
    checkRng: () => [where, rng, 'pass it'],
    checkTensor: () => [where, 'x', tf.zeros([2]), { dtype: 'float32', shape: ['batch'], hint: 'Fix it.' }],
    checkTrainable: () => [where, classifier, batch().images],
    checkpointStoreOf: () => [where, store],
    classifierOf: () => [model],
    clipByGlobalNorm: () => [new Map([['a', tf.scalar(1)]]), 0.5],
    constant: () => [0.1],
    cosine: () => [0.1, { every: 'step' }],
    createRng: () => [1],
    decodeCheckpoint: () => [bytes, 'name'],
    decodeValues: () => ['F32', new Uint8Array(8)],
    digestOfModel: () => [classifier],
    ema: () => [{ decay: 0.9, warmup: true, statistics: 'averaged' }],
    encodeCheckpoint: () => [checkpoint],
    epochOrder: () => [dataset, 2, rng],
    evaluate: () => [
      model,
      dataset,
      { batchSize: 2, search: noiseSearch, seed: 1, examples: 2, signal, onProgress: () => undefined },
    ],
    findBatchFault: () => [values, { classes: 3, takesUnlabeled: false }],
    fit: () => {
      const own = new core.SGD({ learningRate: 0.1 });
      made.push(own);
      return [
        model,
        dataset,
        {
          ...{ objective: noiseObjective, optimizer: own, epochs: 1, steps: 1, batchSize: 2, seed: 1, clipNorm: 1 },
          ...{
            validation: dataset,
            evaluation: { search: noiseSearch, examples: 2 },
            averaging: core.swa({ start: 1 }),
          },
          ...{ catastrophicOverfitting: { search: noiseSearch }, checkpoint: memoryStore(), checkpointEvery: 1 },
          ...{ resume: false, config: {}, signal, onEvent: () => undefined },
        },
      ];
    },
    loadCheckpoint: () => [model, store, { kind: 'best', weights: 'raw' }],
    logitsClassifier: () => [model],
    oneCycle: () => [0.1, { rise: 0.5 }],
    piecewise: () => [0.1, { 2: 0.01 }],
    presetSchedule: () => ['120e', 0.1],
    readJson: () => [where, '{}', { maxDepth: 2, maxValues: 2 }],
    predictedClasses: () => [[0, 1], 2, 1],
    rankedClasses: () => [[0, 1]],
    readLogits: () => [classifier, batch().images],
    readSafetensors: () => [core.writeSafetensors(new Map()), 'name'],
    recomputeStatistics: () => [model, dataset, { batchSize: 2, rng, signal }],
    restoreCheckpoint: () => [checkpoint, classifier, { optimizer, name: 'name', weights: 'raw' }],
    restoreRng: () => [rng.state()],
    sha256: () => ['text'],
    stepsTaken: () => [progress],
    swa: () => [{ start: 1 }],
    tfjsOptimizer: () => [tf.train.sgd(0.1), { learningRate: core.constant(0.1) }],
    trainStep: () => [classifier, batch(), { objective: noiseObjective, optimizer, rng, clipNorm: 1 }],
    untouchedIfItThrows: () => [classifier, () => 1],
    untracked: () => [classifier],
    valueAndGradients: () => [noiseObjective, classifier, examples()],
    warmup: () => [core.constant(0.1), { epochs: 1 }],
    withPenalty: () => [classifier, { total: tf.scalar(1) }],
    writeSafetensors: () => [new Map([['x', { shape: [1], data: new Float32Array(1) }]]), { a: 'b' }],
  },
});

const folder = mkdtempSync(join(tmpdir(), 'st-hostile-'));
const file = join(folder, 'file');
writeFileSync(file, 'text');
afterAll(() => rmSync(folder, { recursive: true }));

/** Errors of Node's file system keep their code: no such file, not a folder. */
const isOfFileSystem = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && /^E[A-Z]+$/.test(String(error.code));

testHostileArguments({
  exports: node,
  takesAny: ['hasNodeModules', 'nodeModule'],
  mayCome: isOfFileSystem,
  calls: {
    fileCheckpointStore: () => [folder],
    lockFolder: () => [where, folder, 'hostile'],
    readWholeFile: () => [where, file, 1000],
    writeFileDurably: () => [file, 'text'],
  },
});

testHostileArguments({
  exports: {
    ...{
      integer: rng.integer,
      uniform: rng.uniform,
      normal: rng.normal,
      permutation: rng.permutation,
      split: rng.split,
    },
    ...{
      cosine: core.cosine(0.1),
      piecewise: core.piecewise(0.1, { 2: 0.01 }),
      oneCycle: core.oneCycle(0.1, { rise: 0.5 }),
    },
    ...{ preset: core.presetSchedule('rst-trades', 0.1), warmup: core.warmup(core.cosine(0.1), { epochs: 1 }) },
  },
  calls: {
    ...{
      integer: () => [3],
      uniform: () => [[2, 2]],
      normal: () => [[2, 2]],
      permutation: () => [3],
      split: () => ['x'],
    },
    ...{ cosine: () => [progress], piecewise: () => [progress], oneCycle: () => [progress], preset: () => [progress] },
    warmup: () => [progress],
  },
  isWhole: () => true,
});
