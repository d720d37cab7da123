import { StError } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import * as models from './index.ts';

/** What people pass by mistake: nothing, a path in place of bytes, a promise that nobody awaited, the wrong object. */
const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  5,
  Number.NaN,
  true,
  'net.pt',
  10n,
  Promise.resolve(new Uint8Array(8)),
  {},
  { tensors: new Map() },
  [],
  [[1]],
  new Map([['conv1.weight', 1]]),
  new Map([['conv1.weight', { dtype: 'F32', shape: [1], data: [1] }]]),
  new Map([['conv1.weight', { dtype: 'F32', shape: 'x', data: new Float32Array(1) }]]),
  new Map([[1, null]]),
  () => 1,
  Symbol('s'),
  new Uint8Array(8),
  new ArrayBuffer(8),
];

const model = (): LayersModel => models.resnet({ block: 'basic', widths: [2], blocks: [1], inputShape: [8, 8, 3] });
const bytes = new Uint8Array(4);
const state = new Map();
const x = tf.zeros([2, 2]);
const vector = tf.zeros([2]);
const NONE = { epsilon: 1e-5, activation: 'linear' } as const;
const inputs = { x, gamma: vector, beta: vector } as models.BatchNormInputs;

const BUILDERS: readonly ((options: never) => LayersModel)[] = [
  ...[models.resnet, models.resnet18, models.resnet34, models.resnet50, models.preactResnet, models.preactResnet18],
  ...[models.wideResnet, models.dmWideResnet, models.dmPreactResnet],
];

/** Each public function and class with one argument open. */
const CALLS: Readonly<Record<string, (hostile: never) => unknown>> = {
  'BatchNorm: options': (a) => new models.BatchNorm(a),
  'Conv2d: options': (a) => new models.Conv2d(a),
  'Conv2d: filters': (a) => new models.Conv2d({ name: 'c', filters: a, kernelSize: 3 }),
  'Conv2d: padding': (a) => new models.Conv2d({ name: 'c', filters: 1, kernelSize: 3, padding: a }),
  'Linear: options': (a) => new models.Linear(a),
  'Normalize: options': (a) => new models.Normalize(a),
  'Normalize: mean': (a) => new models.Normalize({ mean: a, std: [1] }),
  'WindowPool: options': (a) => new models.WindowPool(a),
  'batchNorm: inputs': (a) => models.batchNorm(a, NONE),
  'batchNorm: x': (a) => models.batchNorm({ ...inputs, x: a }, NONE),
  'batchNorm: gamma': (a) => models.batchNorm({ ...inputs, gamma: a }, NONE),
  'batchNorm: options': (a) => models.batchNorm(inputs, a),
  'batchNormInference: inputs': (a) => models.batchNormInference(a, NONE),
  'batchNormInference: mean': (a) => models.batchNormInference({ ...inputs, mean: a, variance: vector }, NONE),
  'batchNormInference: options': (a) => models.batchNormInference({ ...inputs, mean: vector, variance: vector }, a),
  'findStateDict: value': (a) => models.findStateDict('[@st/x] y', a),
  'findStateDict: at': (a) => models.findStateDict('[@st/x] y', new Map(), a),
  'fromTorchLayout: weight': (a) => models.fromTorchLayout(a),
  'toTorchLayout: weight': (a) => models.toTorchLayout(a),
  'torchName: name': (a) => models.torchName(a),
  'loadPretrained: file': (a) => models.loadPretrained(a),
  'loadPretrained: options': (a) => models.loadPretrained(bytes, a),
  ...Object.fromEntries(
    [
      'normalization',
      'imageSize',
      'activation',
      'projects',
      'pool',
      'prefix',
      'leaveOut',
      'name',
      'maxBytes',
      'at',
    ].map((option) => [`loadPretrained: ${option}`, (a: never) => models.loadPretrained(bytes, { [option]: a })]),
  ),
  'loadSafetensors: model': (a) => models.loadSafetensors(a, bytes),
  'loadSafetensors: bytes': (a) => models.loadSafetensors(model(), a),
  'loadStateDict: model': (a) => models.loadStateDict(a, state),
  'loadStateDict: tensors': (a) => models.loadStateDict(model(), a),
  'modelFromStateDict: tensors': (a) => models.modelFromStateDict(a),
  'modelFromStateDict: options': (a) => models.modelFromStateDict(state, a),
  'pytorchStateDict: model': (a) => models.pytorchStateDict(a),
  'pytorchStateDict: options': (a) => models.pytorchStateDict(model(), a),
  'stateDict: model': (a) => models.stateDict(a),
  'stateShapes: model': (a) => models.stateShapes(a),
  'readPytorch: bytes': (a) => models.readPytorch(a),
  'readPytorch: options': (a) => models.readPytorch(bytes, a),
  'readPytorch: name': (a) => models.readPytorch(bytes, { name: a }),
  'writePytorch: tensors': (a) => models.writePytorch(a),
  ...Object.fromEntries(BUILDERS.map((build) => [`${build.name}: options`, (a: never) => build(a)])),
  ...Object.fromEntries(
    [
      'block',
      'blocks',
      'widths',
      'stem',
      'classes',
      'inputShape',
      'normalization',
      'activation',
      'pool',
      'seed',
      'name',
    ].map((option) => [
      `resnet: ${option}`,
      (a: never) => models.resnet({ block: 'basic', widths: [2], blocks: [1], inputShape: [8, 8, 3], [option]: a }),
    ]),
  ),
  ...Object.fromEntries(
    ['depth', 'widen'].map((option) => [
      `wideResnet: ${option}`,
      (a: never) => models.wideResnet({ depth: 10, widen: 1, widths: [1, 1, 1], inputShape: [8, 8, 3], [option]: a }),
    ]),
  ),
};

describe('every public function answers arguments that cannot be meant with an error of ours:', () => {
  it.each(Object.entries(CALLS))('%s', async (_, call) => {
    const others: unknown[] = [];
    for (const hostile of HOSTILE) {
      try {
        await call(hostile as never);
      } catch (error) {
        if (!(error instanceof StError))
          others.push([hostile, error instanceof Error ? `${error.name}: ${error.message}` : error]);
      }
    }
    expect(others).toEqual([]);
  });

  it('names every export', () => {
    const named = new Set(Object.keys(CALLS).map((title) => title.split(':')[0]));
    const left = Object.keys(models)
      .filter((name) => !named.has(name))
      .sort();
    expect(left).toEqual(['CIFAR100_NORMALIZATION', 'CIFAR10_NORMALIZATION', 'StemPool']);
  });
});
