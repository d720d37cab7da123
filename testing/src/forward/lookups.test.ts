import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, type Wanted, wanted } from './forward-cases.ts';
import { at, ndArray, tensorOf, wave } from './nd-array.ts';

const NAN = Number.NaN;
const INFINITY = Number.POSITIVE_INFINITY;
const int = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');
const bool = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'bool');
/** The tensors that an op gives by name, in its order. */
const list = (record: object): tf.Tensor[] => Object.values(record);

const range = (start: number, stop: number, step: number): number[] =>
  Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step);

/** Every value the float32 that is nearest: half a unit in the last place. */
const exactly = (values: number[]): Wanted => ({ ...wanted(values, 'float32'), bound: 6e-8 });

describe('tensors made of numbers', () => {
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
    ['oneHot of nothing', () => tf.oneHot(int([]), 2), wanted([], undefined, [0, 2])],
  ]);
});

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
      'where of nothing',
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
    [
      'unique',
      () => list(tf.unique(tf.tensor1d([3, 1, 3, 2, 1]))),
      wanted([3, 1, 2]),
      wanted([0, 1, 0, 2, 1], 'int32'),
    ],
    [
      'unique of strings',
      () => list(tf.unique(tf.tensor1d(['b', 'a', 'b']))),
      wanted(['b', 'a'], 'string'),
      wanted([0, 1, 0], 'int32'),
    ],
    [
      'unique of rows',
      () =>
        list(
          tf.unique(
            tf.tensor2d([
              [1, 2],
              [1, 2],
              [3, 4],
            ]),
            0,
          ),
        ),
      wanted([1, 2, 3, 4], 'float32', [2, 2]),
      wanted([0, 0, 1], 'int32'),
    ],
    ['unique of bool', () => list(tf.unique(bool([1, 1, 0]))), wanted([1, 0], 'bool'), wanted([0, 0, 1], 'int32')],
    [
      'searchSorted, left',
      () => tf.searchSorted(tf.tensor2d([[1, 3, 3, 5]]), tf.tensor2d([[3, 0, 6]])),
      wanted([1, 0, 4], 'int32', [1, 3]),
    ],
    [
      'searchSorted, right',
      () => tf.searchSorted(tf.tensor2d([[1, 3, 3, 5]]), tf.tensor2d([[3, 0, 6]]), 'right'),
      wanted([3, 0, 4], 'int32', [1, 3]),
    ],
    [
      'searchSorted of int32',
      () =>
        tf.searchSorted(
          tf.tensor2d([[1, 16777216, 16777218]], [1, 3], 'int32'),
          tf.tensor2d([[16777217]], [1, 1], 'int32'),
        ),
      wanted([2], 'int32', [1, 1]),
    ],
    ['bincount', () => tf.bincount(int([0, 2, 2, 9]), tf.tensor1d([]), 4), wanted([1, 0, 2, 0])],
    ['bincount with weights', () => tf.bincount(int([0, 2, 2]), tf.tensor1d([0.5, 1, 2]), 3), wanted([0.5, 0, 3])],
    [
      'denseBincount of rows',
      () =>
        tf.denseBincount<tf.Tensor2D>(
          tf.tensor2d(
            [
              [0, 1, 1],
              [2, 2, 5],
            ],
            [2, 3],
            'int32',
          ),
          [],
          3,
        ),
      wanted([1, 2, 0, 0, 0, 2], 'float32', [2, 3]),
    ],
    [
      'denseBincount, binary',
      () => tf.denseBincount<tf.Tensor2D>(tf.tensor2d([[1, 1]], [1, 2], 'int32'), [], 2, true),
      wanted([0, 1], 'float32', [1, 2]),
    ],
    [
      'multinomial of a certain outcome',
      () => tf.multinomial(tf.tensor2d([[-1e9, 0, -1e9]]), 4, 3),
      wanted([1, 1, 1, 1], 'int32', [1, 4]),
    ],
    [
      'broadcastArgs',
      () =>
        (tf as unknown as { broadcastArgs(a: tf.Tensor, b: tf.Tensor): tf.Tensor }).broadcastArgs(
          int([3, 1]),
          int([2]),
        ),
      wanted([3, 2], 'int32'),
    ],
    [
      'sparse.sparseFillEmptyRows',
      () =>
        list(
          tf.sparse.sparseFillEmptyRows(
            tf.tensor2d(
              [
                [0, 0],
                [2, 1],
              ],
              [2, 2],
              'int32',
            ),
            tf.tensor1d([5, 6]),
            int([3, 2]),
            tf.scalar(9),
          ),
        ).slice(0, 2),
      wanted([0, 0, 1, 0, 2, 1], 'int32', [3, 2]),
      wanted([5, 9, 6]),
    ],
    [
      'sparse.sparseReshape',
      () =>
        list(
          tf.sparse.sparseReshape(
            tf.tensor2d(
              [
                [0, 1],
                [1, 0],
              ],
              [2, 2],
              'int32',
            ),
            int([2, 2]),
            int([4]),
          ),
        ),
      wanted([1, 2], 'int32', [2, 1]),
      wanted([4], 'int32'),
    ],
    [
      'sparse.sparseSegmentSum',
      () =>
        tf.sparse.sparseSegmentSum(
          tf.tensor2d([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
          int([0, 2]),
          int([0, 0]),
        ),
      wanted([6, 8], 'float32', [1, 2]),
    ],
    [
      'sparse.sparseSegmentMean',
      () =>
        tf.sparse.sparseSegmentMean(
          tf.tensor2d([
            [1, 2],
            [3, 4],
            [5, 6],
          ]),
          int([0, 2]),
          int([0, 0]),
        ),
      wanted([3, 4], 'float32', [1, 2]),
    ],
    [
      'raggedGather',
      () => {
        const { outputNestedSplits, outputDenseValues } = tf.raggedGather(
          [int([0, 1, 3])],
          tf.tensor1d([5, 6, 7]),
          tf.tensor1d([1, 0], 'int32'),
          1,
        );
        return [outputNestedSplits[0] as tf.Tensor, outputDenseValues];
      },
      wanted([0, 2, 3], 'int32'),
      wanted([6, 7, 5]),
    ],
    [
      'raggedRange',
      () => list(tf.raggedRange(int([0, 5]), int([3, 7]), int([1, 1]))),
      wanted([0, 3, 5], 'int32'),
      wanted([0, 1, 2, 5, 6], 'int32'),
    ],
    [
      'raggedTensorToTensor',
      () =>
        tf.raggedTensorToTensor(int([2, 3]), tf.tensor1d([1, 2, 3]), tf.scalar(-1), [int([0, 2, 3])], ['ROW_SPLITS']),
      wanted([1, 2, -1, 3, -1, -1], 'float32', [2, 3]),
    ],
  ]);
});

describe('strings', () => {
  testForward([
    [
      'stringToHashBucketFast',
      () => tf.string.stringToHashBucketFast(tf.tensor1d(['Hello', 'TensorFlow', '2.x']), 3),
      wanted([0, 2, 2], 'int32'),
    ],
    [
      'stringSplit',
      () => list(tf.string.stringSplit(tf.tensor1d(['a b', 'c']), ' ')),
      wanted([0, 0, 0, 1, 1, 0], 'int32', [3, 2]),
      wanted(['a', 'b', 'c'], 'string'),
      wanted([2, 2], 'int32'),
    ],
    [
      'stringNGrams',
      () => list(tf.string.stringNGrams(tf.tensor1d(['a', 'b', 'c']), int([0, 2, 3]), '|', [1, 2], 'L', 'R', 1, false)),
      wanted(['a', 'b', 'L|a', 'a|b', 'b|R', 'c', 'L|c', 'c|R'], 'string'),
      wanted([0, 5, 8], 'int32'),
    ],
    [
      'staticRegexReplace',
      () => tf.string.staticRegexReplace(tf.tensor1d(['aab', 'b']), 'a', 'x', false),
      wanted(['xab', 'b'], 'string'),
    ],
    [
      'strings with any letter',
      () =>
        tf.reshape(
          tf.tensor2d([
            ['ä', '漢'],
            ['', '🙂'],
          ]),
          [4],
        ),
      wanted(['ä', '漢', '', '🙂'], 'string'),
    ],
  ]);
});
