import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { testForward, wanted } from './forward-cases.ts';

const int = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

const bool = (values: number[]): tf.Tensor1D => tf.tensor1d(values, 'bool');

/** The tensors of an op that returns them by name, in order. */
const list = (record: object): tf.Tensor[] => Object.values(record);

describe('sets, counts, sparse and ragged tensors', () => {
  testForward([
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
