import { countTensors, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import './index.ts';

const image = (side: number): tf.Tensor => tf.reshape(tf.sin(tf.range(0, 2 * side * side)), [2, side, side, 1]);

/** Multiples of 0.1 in shuffled order. */
const mixed = (count: number): tf.Tensor => tf.div(tf.mod(tf.mul(tf.range(0, count), 7), count), 10);

/** Operations whose gradients this package defines. The test squares each result, so that linear operations have a second gradient too. */
const OPERATIONS: readonly (readonly [string, tf.Tensor, (x: tf.Tensor) => tf.Tensor])[] = [
  ['resizeBilinear', image(3), (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [4, 5])],
  ['resizeNearestNeighbor', image(3), (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [6, 6])],
  ['mirrorPad', image(3), (x) => tf.mirrorPad(x, [[0, 0], [1, 1], [2, 0], [0, 0]], 'reflect')], // biome-ignore format: one line
  ['conv2d, dilated', image(5), (x) => tf.conv2d(x as tf.Tensor4D, tf.ones([2, 2, 1, 1]), 1, 'valid', 'NHWC', 2)],
  ['conv2d', image(4), (x) => tf.conv2d(x as tf.Tensor4D, tf.ones([3, 3, 1, 1]), 2, 'same')],
  ['cumprod', tf.tensor1d([0.5, 2, -1, 3]), (x) => tf.cumprod(x, 0)],
  ['prod', tf.tensor1d([0.5, 2, -1]), (x) => tf.prod(x)],
  ['einsum by itself', tf.tensor2d([0.5, 2, -1, 3], [2, 2]), (x) => tf.mul(tf.sum(x), tf.matMul(x, x))],
  ['elu', tf.tensor1d([0.5, -2, -1]), tf.elu],
  ['exp', tf.tensor1d([0.5, -1]), tf.exp],
  ['sigmoid', tf.tensor1d([0.5, -1]), tf.sigmoid],
  ['tanh', tf.tensor1d([0.5, -1]), tf.tanh],
  ['softmax', tf.tensor1d([0.5, -1, 1]), (x) => tf.softmax(x)],
  ['logSoftmax', tf.tensor1d([0.5, -1, 1]), (x) => tf.logSoftmax(x)],
  ['max', tf.tensor1d([0.5, -1, 1]), (x) => tf.max(x)],
  ['avgPool, padded', image(3), (x) => tf.avgPool(x as tf.Tensor4D, 2, 1, 'same')],
  ['maxPool, padded', tf.reshape(mixed(32), [2, 4, 4, 1]), (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same')],
  ['maximum', tf.tensor1d([0.5, -1, 1]), (x) => tf.maximum(x, 0.2)],
  ['relu6', tf.tensor1d([0.5, -1, 7]), tf.relu6],
  ['leakyRelu', tf.tensor1d([0.5, -1, 7]), tf.leakyRelu],
  ['maxPool3d', tf.reshape(mixed(27), [1, 3, 3, 3, 1]), (x) => tf.maxPool3d(x as tf.Tensor5D, 2, 1, 'valid')],
  ['batchNorm', tf.tensor2d([0.5, 2, -1, 3], [2, 2]), (x) => tf.batchNorm(x, tf.mean(x, 0), tf.moments(x, 0).variance)],
];

describe('a second gradient agrees with finite differences', () => {
  it.each(OPERATIONS)('%s', (_, x, run) => {
    const first = (at: tf.Tensor): tf.Tensor => tf.grad((inner) => tf.sum(tf.square(run(inner))))(at);
    expectGradient((at) => tf.sum(tf.square(first(at))), x, 3e-2); // float32 differences of a fourth power
    expect(
      countTensors(() =>
        tf
          .grad((at) => tf.sum(tf.square(first(at))))(x)
          .dispose(),
      ),
    ).toBe(0);
  });
});
