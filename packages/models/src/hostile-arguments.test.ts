import { writeSafetensors } from '@st/core';
import { testHostileArguments } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import * as main from './index.ts';
import * as parts from './parts.ts';

const models = { ...main, ...parts };

const model: LayersModel = models.resnet({ block: 'basic', widths: [2], blocks: [1], inputShape: [8, 8, 3] });
const tensors = await models.pytorchStateDict(model);
const state = await models.stateDict(model);
const pytorch = models.writePytorch(tensors);
const recognition = { normalization: 'none', imageSize: [8, 8], pool: 'global', prefix: '', name: 'x' } as const;

/** Small networks, because some of the wrong arguments are valid and build one. */
const net = { classes: 2, inputShape: [8, 8, 3], activation: 'relu', seed: 1, name: 'net' } as const;
const sized = { ...net, widths: [2, 2, 2, 2] } as const;
const SIZED: readonly string[] = ['resnet18', 'resnet34', 'resnet50', 'preactResnet18'];
const inputs = () => {
  const vector = tf.ones<tf.Rank.R1>([3]);
  return { x: tf.ones([2, 2, 2, 3]), gamma: vector, beta: vector };
};

function hasWidths(options: unknown): boolean {
  const widths: unknown = typeof options === 'object' && options !== null ? Reflect.get(options, 'widths') : 0;
  return widths !== undefined && options !== undefined;
}

testHostileArguments({
  exports: models,
  isWhole: (value) => value === model,
  takesNull: ['findStateDict: 2'],
  // without widths these build the published sizes, which takes seconds
  isLeftOut: (name, [options]) => SIZED.includes(name) && !hasWidths(options),
  calls: {
    BatchNorm: () => [{ name: 'b', activation: 'relu', epsilon: 1e-5, momentum: 0.1 }],
    Conv2d: () => [
      { name: 'c', filters: 1, kernelSize: 3, stride: 1, padding: 1, initializer: 'uniform-fan-in', seed: 1 },
    ],
    Linear: () => [{ name: 'l', units: 2, biasInitializer: 'zeros', seed: 1 }],
    Normalize: () => [{ name: 'n', mean: [0.5], std: [0.2] }],
    StemPool: () => [{ name: 's' }],
    WindowPool: () => [{ name: 'w', size: 4 }],
    batchNorm: () => [inputs(), { epsilon: 1e-5, activation: 'linear' }],
    batchNormInference: () => [
      { ...inputs(), mean: tf.zeros([3]), variance: tf.ones([3]) },
      { epsilon: 1e-5, activation: 'relu' },
    ],
    dmPreactResnet: () => [{ ...net, blocks: [1], widths: [2] }],
    dmWideResnet: () => [{ ...net, depth: 10, widen: 1, widths: [2, 2, 2] }],
    findStateDict: () => ['[@st/x] y', models.readPytorch(pytorch).value, ''],
    fromTorchLayout: () => [tf.ones([1, 1, 2, 2])],
    loadPretrained: () => [pytorch, { ...recognition, maxBytes: 1e9 }],
    loadSafetensors: () => [model, writeSafetensors(state)],
    loadStateDict: () => [model, state],
    modelFromStateDict: () => [tensors, recognition],
    preactResnet: () => [{ ...net, blocks: [1], widths: [2], projects: 'activated', head: 'normalized' }],
    preactResnet18: () => [sized],
    pytorchStateDict: () => [model, { subBlock1: false, buffers: true }],
    readPytorch: () => [pytorch, { name: 'x' }],
    resnet: () => [{ ...net, block: 'basic', blocks: [1], widths: [2], stem: 2 }],
    resnet18: () => [sized],
    resnet34: () => [sized],
    resnet50: () => [sized],
    stateDict: () => [model],
    stateShapes: () => [model],
    toTorchLayout: () => [tf.ones([1, 1, 2, 2])],
    torchName: () => ['layer1/0/conv1/kernel'],
    wideResnet: () => [{ ...net, depth: 10, widen: 1, widths: [2, 2, 2] }],
    writePytorch: () => [tensors],
  },
});
