import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, wanted } from './forward-cases.ts';
import { at, ndArray, tensorOf, wave } from './nd-array.ts';

const NAN = Number.NaN;

const INFINITY = Number.POSITIVE_INFINITY;

const int = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

const bool = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'bool');

/** The tensors of an op that returns them by name, in order. */
const list = (record: object): tf.Tensor[] => Object.values(record);

describe('choices and lookups', () => {
  testForward([
    ['where of float32', () => tf.where(bool([1, 0]), tf.tensor1d([1, NAN]), tf.tensor1d([NAN, 2])), wanted([1, 2])],
    [
      'where of int32',
      () => tf.where(bool([1, 0]), int([16777217, 2]), int([3, 16777219])),
      wanted([16777217, 16777219], 'int32'),
    ],
    ['where of bool', () => tf.where(bool([1, 0, 1]), bool([1, 0, 0]), bool([0, 1, 1])), wanted([1, 1, 0], 'bool')],
    [
      'where under broadcasting',
      () => tf.where<tf.Tensor>(tf.tensor2d([[1], [0]], [2, 1], 'bool'), tf.tensor1d([1, 2]), tf.scalar(9)),
      wanted([1, 2, 9, 9], 'float32', [2, 2]),
    ],
    [
      'where of an empty tensor, broadcast',
      () => tf.where(tf.zeros([3, 1, 2], 'bool'), tf.zeros([1, 0, 2]), tf.zeros([2])),
      wanted([], 'float32', [3, 0, 2]),
    ],
    [
      'where of an empty tensor',
      () => tf.where(tf.tensor2d([], [0, 2], 'bool'), tf.zeros([0, 2]), tf.zeros([0, 2])),
      wanted([], 'float32', [0, 2]),
    ],
    ...([[false], [true]] as const).map(
      ([sorted]): ForwardCase => [
        `topk${sorted ? ', sorted' : ''}`,
        () => {
          const { values, indices } = tf.topk(
            tf.tensor2d([
              [1, 5, 3, 4],
              [8, -2, 9, 7],
            ]),
            4,
            true,
          );
          return [values, indices];
        },
        wanted([5, 4, 3, 1, 9, 8, 7, -2], 'float32', [2, 4]),
        wanted([1, 3, 2, 0, 2, 0, 3, 1], 'int32', [2, 4]),
      ],
    ),
    [
      'topk of equal values takes the first',
      () => list(tf.topk(tf.tensor1d([2, 5, 5, 2, 5]), 4)),
      wanted([5, 5, 5, 2]),
      wanted([1, 2, 4, 0], 'int32'),
    ],
    ['topk of 0', () => list(tf.topk(tf.tensor1d([2, 5]), 0)), wanted([]), wanted([], 'int32')],
    [
      'topk of 1',
      () =>
        list(
          tf.topk(
            tf.tensor2d([
              [2, 7, 7],
              [1, 0, 0],
            ]),
            1,
          ),
        ),
      wanted([7, 1], 'float32', [2, 1]),
      wanted([1, 0], 'int32', [2, 1]),
    ],
    [
      'topk of int32',
      () => list(tf.topk(int([16777216, 16777217, -4]), 2)),
      wanted([16777217, 16777216], 'int32'),
      wanted([1, 0], 'int32'),
    ],
    [
      'topk of infinities',
      () => list(tf.topk(tf.tensor1d([-INFINITY, 0, INFINITY]), 3)),
      wanted([INFINITY, 0, -INFINITY]),
      wanted([2, 1, 0], 'int32'),
    ],
    [
      'topk of a long row',
      () => list(tf.topk(tf.tensor1d(wave([501]).values.slice()), 3)),
      ...(() => {
        const order = wave([501])
          .values.map((value, i) => [value, i] as const)
          .sort((a, b) => b[0] - a[0] || a[1] - b[1])
          .slice(0, 3);
        return [
          wanted(order.map(([value]) => value)),
          wanted(
            order.map(([, i]) => i),
            'int32',
          ),
        ];
      })(),
    ],
    [
      'inner gather with batchDims',
      () =>
        tf.gather(
          tf.tensor2d([
            [1, 2, 3],
            [4, 5, 6],
          ]),
          tf.tensor2d(
            [
              [2, 0],
              [1, 1],
            ],
            [2, 2],
            'int32',
          ),
          1,
          1,
        ),
      wanted([3, 1, 5, 5], 'float32', [2, 2]),
    ],
    [
      'gather with batchDims along an inner axis',
      () => {
        const x = wave([2, 2, 3, 2]);
        return tf.gather(
          tensorOf(x),
          tf.tensor2d(
            [
              [2, 0],
              [1, 1],
            ],
            [2, 2],
            'int32',
          ),
          2,
          1,
        );
      },
      ndArray([2, 2, 2, 2], ([b = 0, i = 0, j = 0, c = 0]) =>
        at(wave([2, 2, 3, 2]), [
          b,
          i,
          [
            [2, 0],
            [1, 1],
          ][b]?.[j] ?? 0,
          c,
        ]),
      ),
    ],
    ...([[3, 1], [4, 2], [5, 1, 2]] as const).map((shape): ForwardCase => {
      const [batch = 1, ...rest] = shape;
      const picks = Array.from({ length: batch }, (_, i) => (i * 2) % (rest[0] ?? 1));
      const x = wave(shape);
      return [
        `gather of one of each batch of [${shape}]`,
        () => tf.gather(tensorOf(x), int(picks), 1, 1),
        ndArray([batch, ...rest.slice(1)], ([b = 0, ...inner]) => at(x, [b, picks[b] ?? 0, ...inner])),
      ];
    }), // biome-ignore format: a list of shapes
    ['gather of the same twice', () => tf.gather(tf.tensor1d([4, 5, 6]), int([2, 2])), wanted([6, 6])],
    [
      'gatherND',
      () =>
        tf.gatherND(
          tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]),
          tf.tensor2d(
            [
              [1, 0],
              [0, 1],
            ],
            [2, 2],
            'int32',
          ),
        ),
      wanted([5, 6, 3, 4], 'float32', [2, 2]),
    ],
    [
      'gatherND of int32',
      () => tf.gatherND(int([4, 5, 6]), tf.tensor2d([[2], [0]], [2, 1], 'int32')),
      wanted([6, 4], 'int32'),
    ],
    [
      'gatherND of strings',
      () => tf.gatherND(tf.tensor1d(['a', 'b', 'c']), tf.tensor2d([[2], [0]], [2, 1], 'int32')),
      wanted(['c', 'a'], 'string'),
    ],
    [
      'scatterND adds',
      () => tf.scatterND(tf.tensor2d([[1], [0], [1]], [3, 1], 'int32'), tf.tensor1d([1, 2, 3]), [4]),
      wanted([2, 4, 0, 0]),
    ],
    [
      'scatterND of rows',
      () =>
        tf.scatterND(
          tf.tensor2d([[2], [0]], [2, 1], 'int32'),
          tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
          [3, 2],
        ),
      wanted([3, 4, 0, 0, 1, 2], 'float32', [3, 2]),
    ],
    [
      'scatterND of int32',
      () => tf.scatterND(tf.tensor2d([[1]], [1, 1], 'int32'), int([7]), [3]),
      wanted([0, 7, 0], 'int32'),
    ],
    [
      'tensorScatterUpdate',
      () =>
        tf.tensorScatterUpdate(tf.tensor1d([1, 2, 3]), tf.tensor2d([[2], [0]], [2, 1], 'int32'), tf.tensor1d([8, 9])),
      wanted([9, 2, 8]),
    ],
    [
      'tensorScatterUpdate of int32',
      () => tf.tensorScatterUpdate(int([1, 2, 3]), tf.tensor2d([[2]], [1, 1], 'int32'), int([8])),
      wanted([1, 2, 8], 'int32'),
    ],
    [
      'sparseToDense',
      () => tf.sparseToDense(int([1, 3]), tf.tensor1d([5, 6]), [4], tf.scalar(-1)),
      wanted([-1, 5, -1, 6]),
    ],
    [
      'sparseToDense of int32',
      () => tf.sparseToDense(int([1]), int([5]), [2], tf.scalar(9, 'int32')),
      wanted([9, 5], 'int32'),
    ],
    [
      'sparseToDense of strings',
      () => tf.sparseToDense(int([1]), tf.tensor1d(['b']), [2], tf.scalar('z')),
      wanted(['z', 'b'], 'string'),
    ],
    [
      'unsortedSegmentSum',
      () =>
        tf.unsortedSegmentSum(
          tf.tensor2d([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
          int([1, 0, 1]),
          3,
        ),
      wanted([3, 4, 6, 8, 0, 0], 'float32', [3, 2]),
    ],
  ]);
});
