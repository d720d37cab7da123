import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { testForward, wanted } from './forward-cases.ts';

const NAN = Number.NaN;

describe('casts', () => {
  const reals = [-2.75, -1, -0.5, -0, 0, 0.25, 1, 2.75, 1e6];
  testForward([
    ['float32 to int32', () => tf.cast(tf.tensor1d(reals), 'int32'), wanted(reals.map(Math.trunc), 'int32')],
    [
      'float32 to bool',
      () => tf.cast(tf.tensor1d([...reals, NAN, 1e-30, Number.NEGATIVE_INFINITY]), 'bool'),
      wanted([1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1], 'bool'),
    ],
    [
      'int32 to bool',
      () => tf.cast(tf.tensor1d([-256, 0, 256, 1, 65536], 'int32'), 'bool'),
      wanted([1, 0, 1, 1, 1], 'bool'),
    ],
    ['int32 to float32', () => tf.cast(tf.tensor1d([-3, 0, 7], 'int32'), 'float32'), wanted([-3, 0, 7], 'float32')],
    ['bool to int32', () => tf.cast(tf.tensor1d([0, 1, 1], 'bool'), 'int32'), wanted([0, 1, 1], 'int32')],
    ['bool to float32', () => tf.cast(tf.tensor1d([0, 1, 1], 'bool'), 'float32'), wanted([0, 1, 1], 'float32')],
    [
      'bool to float32, summed',
      () => tf.sum(tf.cast(tf.tensor1d([0, 1, 1], 'bool'), 'float32')),
      wanted([2], 'float32', []),
    ],
    [
      'int32 to float32, then divided',
      () => tf.div(tf.cast(tf.tensor1d([1, 3], 'int32'), 'float32'), 2),
      wanted([0.5, 1.5]),
    ],
    [
      'int32 to bool, then counted',
      () => tf.sum(tf.cast(tf.tensor1d([5, 0, -2], 'int32'), 'bool')),
      wanted([2], 'int32', []),
    ],
    [
      'int32 to bool, then an int32',
      () => tf.cast(tf.cast(tf.tensor1d([5, 0], 'int32'), 'bool'), 'int32'),
      wanted([1, 0], 'int32'),
    ],
    ['float32 to bool, negated', () => tf.logicalNot(tf.cast(tf.tensor1d([0.5, 0]), 'bool')), wanted([0, 1], 'bool')],
    ['an empty tensor to int32', () => tf.cast(tf.zeros([0, 2]), 'int32'), wanted([], 'int32', [0, 2])],
    [
      'float32 out of range of int32 (NaN, too large)',
      () => tf.abs(tf.mul(0, tf.cast(tf.tensor1d([1e20, NAN]), 'int32'))),
      wanted([0, 0]),
    ],
  ]);
});
