import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, wanted, within } from './forward-cases.ts';
import { at, type NdArray, ndArray, tensorOf, wave } from './nd-array.ts';

const NAN = Number.NaN;

const INFINITY = Number.POSITIVE_INFINITY;

const label = (list: readonly unknown[]): string => `[${list.join(', ')}]`;

/** The leading index of an operand for a leading index of the broadcast shape. */
const shared = (shape: readonly number[], index: readonly number[]): number[] =>
  shape.map((length, axis) => (length === 1 ? 0 : (index[axis + index.length - shape.length] ?? 0)));

function product(a: NdArray, b: NdArray, transposeA = false, transposeB = false): NdArray {
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  const outer = tf.broadcast_util.assertAndGetBroadcastShape([...outerA], [...outerB]);
  const [rows = 0, inner = 0] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
  const columns = b.shape.at(transposeB ? -2 : -1) ?? 0;
  return ndArray([...outer, rows, columns], (index) => {
    const [i = 0, j = 0] = index.slice(-2);
    const [batchA, batchB] = [shared(outerA, index.slice(0, -2)), shared(outerB, index.slice(0, -2))];
    let sum = 0;
    for (let k = 0; k < inner; k++) {
      sum +=
        at(a, [...batchA, ...(transposeA ? [k, i] : [i, k])]) * at(b, [...batchB, ...(transposeB ? [j, k] : [k, j])]);
    }
    return sum;
  });
}

const SHAPES: readonly (readonly [a: readonly number[], b: readonly number[]])[] = [
  [
    [3, 4],
    [4, 2],
  ],
  [
    [1, 5],
    [5, 1],
  ],
  [
    [2, 3, 4],
    [2, 4, 2],
  ],
  [
    [2, 3, 4],
    [1, 4, 2],
  ],
  [
    [1, 3, 4],
    [2, 4, 2],
  ],
  [
    [3, 4],
    [2, 4, 2],
  ],
  [
    [2, 2, 3, 4],
    [2, 1, 4, 2],
  ],
  [
    [2, 1, 3, 4],
    [2, 4, 2],
  ],
  [
    [2, 1, 3, 4],
    [1, 3, 4, 2],
  ],
  [
    [2, 1, 2, 3, 4],
    [1, 3, 1, 4, 2],
  ],
  [
    [1, 2, 3, 4],
    [2, 4, 2],
  ],
  [
    [0, 4],
    [4, 2],
  ],
  [
    [3, 0],
    [0, 2],
  ],
  [
    [0, 3, 4],
    [1, 4, 2],
  ],
  [
    [9, 17],
    [17, 8],
  ],
];

const swapped = (x: NdArray): NdArray => {
  const [rows = 0, columns = 0] = x.shape.slice(-2);
  return ndArray([...x.shape.slice(0, -2), columns, rows], (index) =>
    at(x, [...index.slice(0, -2), index.at(-1) ?? 0, index.at(-2) ?? 0]),
  );
};

describe('matrix products', () => {
  testForward([
    ...SHAPES.flatMap(([shapeA, shapeB]) =>
      [false, true].flatMap((transposeA) =>
        [false, true].map((transposeB): ForwardCase => {
          const [a, b] = [wave(shapeA, 1), wave(shapeB, 2)];
          return [
            `matMul ${label(shapeA)}${transposeA ? ' transposed' : ''} by ${label(shapeB)}${transposeB ? ' transposed' : ''}`,
            () =>
              tf.matMul(
                tensorOf(transposeA ? swapped(a) : a),
                tensorOf(transposeB ? swapped(b) : b),
                transposeA,
                transposeB,
              ),
            within(product(a, b), 1e-5),
          ];
        }),
      ),
    ),
    [
      'matMul of int32',
      () => tf.matMul(tf.tensor2d([[1, 2]], [1, 2], 'int32'), tf.tensor2d([[3], [4]], [2, 1], 'int32')),
      wanted([11], 'int32', [1, 1]),
    ],
    [
      'matMul of float32 by int32',
      () => tf.matMul(tf.tensor2d([[0.5, 2]]), tf.tensor2d([[3], [4]], [2, 1], 'int32')),
      wanted([9.5], 'float32', [1, 1]),
    ],
    [
      'matMul of NaN and infinities',
      () =>
        tf.matMul(
          tf.tensor2d([
            [NAN, 1],
            [INFINITY, 1],
            [INFINITY, -INFINITY],
          ]),
          tf.tensor2d([
            [1, 0],
            [1, 2],
          ]),
        ),
      wanted([NAN, NAN, INFINITY, NAN, NAN, NAN], 'float32', [3, 2]),
    ],
    [
      'matMul that overflows',
      () => tf.matMul(tf.tensor2d([[3e38, 3e38]]), tf.tensor2d([[1], [1]])),
      wanted([INFINITY], 'float32', [1, 1]),
    ],
    ['dot of vectors', () => tf.dot(tf.tensor1d([1, 2, 3]), tf.tensor1d([4, 5, 6])), wanted([32], 'float32', [])],
    [
      'dot of a matrix and a vector',
      () =>
        tf.dot(
          tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
          tf.tensor1d([5, 6]),
        ),
      wanted([17, 39]),
    ],
    [
      'outerProduct',
      () => tf.outerProduct(tf.tensor1d([1, 2]), tf.tensor1d([3, 4])),
      wanted([3, 4, 6, 8], 'float32', [2, 2]),
    ],
    ...(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const).flatMap(
      (activation): ForwardCase[] => {
        const [a, b, bias] = [wave([3, 4], 1), wave([4, 5], 2), wave([5], 3)];
        const slope = 0.25;
        const apply = (x: number): number => {
          if (activation === 'relu') return Math.max(0, x);
          if (activation === 'relu6') return Math.min(6, Math.max(0, x));
          if (activation === 'elu') return x < 0 ? Math.expm1(x) : x;
          if (activation === 'sigmoid') return 1 / (1 + Math.exp(-x));
          if (activation === 'leakyrelu' || activation === 'prelu') return x < 0 ? slope * x : x;
          return x;
        };
        const y = product(a, b);
        return [
          [
            `fused.matMul with bias and ${activation}`,
            () =>
              tf.fused.matMul({
                ...{
                  a: tensorOf<tf.Rank.R2>(a),
                  b: tensorOf<tf.Rank.R2>(b),
                  bias: tensorOf(bias),
                  activation,
                  leakyreluAlpha: slope,
                },
                ...(activation === 'prelu' && { preluActivationWeights: tf.fill([5], slope) }),
              }),
            within({ ...y, values: y.values.map((value, i) => apply(value + (bias.values[i % 5] ?? 0))) }, 1e-5),
          ],
        ];
      },
    ),
    [
      'fused.matMul with relu of NaN',
      () =>
        tf.fused.matMul({
          a: tf.tensor2d([
            [NAN, 1],
            [-1, 1],
          ]),
          b: tf.tensor2d([[1], [0.5]]),
          activation: 'relu',
        }),
      wanted([NAN, 0], 'float32', [2, 1]),
    ],
    [
      'fused.matMul with relu6 of NaN',
      () =>
        tf.fused.matMul({
          a: tf.tensor2d([
            [NAN, 1],
            [-1, 1],
          ]),
          b: tf.tensor2d([[1], [0.5]]),
          activation: 'relu6',
        }),
      wanted([NAN, 0], 'float32', [2, 1]),
    ],
    [
      'fused.matMul transposed, with bias',
      () =>
        tf.fused.matMul({
          a: tf.tensor2d([
            [1, 2],
            [3, 4],
          ]),
          b: tf.tensor2d([
            [5, 6],
            [7, 8],
          ]),
          transposeA: true,
          transposeB: true,
          bias: tf.tensor1d([1, -1]),
        }),
      wanted([1 * 5 + 3 * 6 + 1, 1 * 7 + 3 * 8 - 1, 2 * 5 + 4 * 6 + 1, 2 * 7 + 4 * 8 - 1], 'float32', [2, 2]),
    ],
    [
      'matMul by the same values as a matrix of another shape',
      () => {
        const [rows, values] = [tf.tensor2d([1, 0, 0, 1], [2, 2]), tf.tensor1d([1, 2, 3, 4, 5, 6])];
        const [tall, wide] = [tf.reshape(values, [3, 2]), tf.reshape(values, [2, 3])];
        return [
          tf.matMul(tf.ones([1, 3]), tall),
          tf.matMul(rows, wide),
          tf.fused.matMul({ a: tf.ones([1, 3]), b: tall }),
        ];
      },
      wanted([9, 12], 'float32', [1, 2]),
      wanted([1, 2, 3, 4, 5, 6], 'float32', [2, 3]),
      wanted([9, 12], 'float32', [1, 2]),
    ],
  ]);
});
