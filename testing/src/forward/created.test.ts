import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, type Wanted, wanted } from './forward-cases.ts';

const NAN = Number.NaN;

const int = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

const bool = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'bool');

const range = (start: number, stop: number, step: number): number[] =>
  Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step);

/** Expects the nearest float32 of every value: an error of at most half a unit in the last place. */
const exactly = (values: number[]): Wanted => ({ ...wanted(values, 'float32'), bound: 6e-8 });

describe('ops that create tensors', () => {
  const ranges: readonly (readonly [number, number, number])[] = [
    [0, 1, 0.1],
    [0, 10, 3],
    [10, 0, -3],
    [0, 0.7, 0.1],
    [1, 0, -0.1],
    [0, 1, 0.3],
    [-1, 1, 0.125],
    [0, 100, 0.1],
    [0, 0, 1],
    [2, 2.05, 0.1],
    [0, 60, 1],
  ];
  testForward([
    ...ranges.map(
      ([start, stop, step]): ForwardCase => [
        `range ${start} to ${stop} by ${step}`,
        () => tf.range(start, stop, step),
        exactly(range(start, stop, step)),
      ],
    ),
    ['range of int32', () => tf.range(-4, 5, 2, 'int32'), wanted([-4, -2, 0, 2, 4], 'int32')],
    ['range down of int32', () => tf.range(5, -1, -2, 'int32'), wanted([5, 3, 1], 'int32')],
    ['a long range', () => tf.range(0, 20000, 0.1), exactly(range(0, 20000, 0.1))],
    ['linspace', () => tf.linspace(0, 1, 11), exactly(range(0, 1.05, 0.1))],
    ['linspace ends at its end', () => tf.slice(tf.linspace(-3, 7, 1001), [1000], [1]), wanted([7])],
    ['linspace of one', () => tf.linspace(5, 9, 1), wanted([5])],
    ['linspace down', () => tf.linspace(1, -1, 5), wanted([1, 0.5, 0, -0.5, -1])],
    ['fill of int32', () => tf.fill([2], -7, 'int32'), wanted([-7, -7], 'int32')],
    ['fill of strings', () => tf.fill([2], 'ab'), wanted(['ab', 'ab'], 'string')],
    ['fill with NaN', () => tf.fill([2], NAN), wanted([NAN, NAN])],
    ['zerosLike of bool', () => tf.zerosLike(bool([1, 1])), wanted([0, 0], 'bool')],
    ['onesLike of int32', () => tf.onesLike(int([5, 6])), wanted([1, 1], 'int32')],
    ['eye', () => tf.eye(2, 3), wanted([1, 0, 0, 0, 1, 0], 'float32', [2, 3])],
    ['diag', () => tf.diag(tf.tensor1d([1, 2])), wanted([1, 0, 0, 2], 'float32', [2, 2])],
    ['diag of int32', () => tf.diag(int([1, 2])), wanted([1, 0, 0, 2], 'int32', [2, 2])],
    [
      'diag of a matrix',
      () =>
        tf.diag(
          tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
        ),
      wanted([1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4], 'float32', [2, 2, 2, 2]),
    ],
    ['oneHot', () => tf.oneHot(int([1, 0, 2]), 3), wanted([0, 1, 0, 1, 0, 0, 0, 0, 1], undefined, [3, 3])],
    ['oneHot outside', () => tf.oneHot(int([-1, 3]), 3, 5, -2), wanted([-2, -2, -2, -2, -2, -2], undefined, [2, 3])],
    ['oneHot of float32', () => tf.oneHot(int([1]), 2, 0.75, 0.25, 'float32'), wanted([0.25, 0.75], 'float32', [1, 2])],
    ['oneHot of bool', () => tf.oneHot(int([1]), 2, 1, 0, 'bool'), wanted([0, 1], 'bool', [1, 2])],
    [
      'oneHot of a matrix',
      () => tf.oneHot(tf.tensor2d([[0, 1]], [1, 2], 'int32'), 2),
      wanted([1, 0, 0, 1], undefined, [1, 2, 2]),
    ],
    ['oneHot of an empty tensor', () => tf.oneHot(int([]), 2), wanted([], undefined, [0, 2])],
  ]);
});
