import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, wanted, within } from './forward-cases.ts';
import { at, type NdArray, ndArray, tensorOf, wave } from './nd-array.ts';

const label = (list: readonly unknown[]): string => `[${list.join(', ')}]`;

/** The leading index of an operand for a leading index of the broadcast shape. */
const shared = (shape: readonly number[], index: readonly number[]): number[] =>
  shape.map((length, axis) => (length === 1 ? 0 : (index[axis + index.length - shape.length] ?? 0)));

/** x normalized with broadcast statistics. */
const normalized = (
  x: NdArray,
  mean: NdArray,
  variance: NdArray,
  offset?: NdArray,
  scale?: NdArray,
  epsilon = 0.001,
): NdArray =>
  ndArray(x.shape, (index) => {
    const read = (part: NdArray): number => at(part, shared(part.shape, index));
    return (
      ((at(x, index) - read(mean)) / Math.sqrt(read(variance) + epsilon)) * (scale ? read(scale) : 1) +
      (offset ? read(offset) : 0)
    );
  });

const positive = (x: NdArray): NdArray => ({
  ...x,
  values: x.values.map((value) => Math.fround(Math.abs(value) + 0.25)),
});

describe('normalization', () => {
  const forms: readonly (readonly [x: readonly number[], parameters: readonly number[]])[] = [
    [[4, 3], [3]],
    [[2, 4, 3], [3]],
    [[2, 2, 3, 3], [3]],
    [
      [2, 2, 2, 3],
      [2, 2, 2, 3],
    ],
    [[0, 2, 3], [3]],
  ];
  testForward([
    ...forms.flatMap(([shape, parameters]) =>
      (
        [
          [true, true],
          [false, false],
          [true, false],
          [false, true],
        ] as const
      ).map(([withOffset, withScale]): ForwardCase => {
        const x = wave(shape, 1);
        const [mean, variance, offset, scale] = [
          wave(parameters, 2),
          positive(wave(parameters, 3)),
          wave(parameters, 4),
          wave(parameters, 5),
        ];
        return [
          `batchNorm ${label(shape)} by ${label(parameters)}${withOffset ? ', offset' : ''}${withScale ? ', scale' : ''}`,
          () =>
            tf.batchNorm(
              tensorOf<tf.Rank.R4>(x),
              tensorOf<tf.Rank.R1>(mean),
              tensorOf<tf.Rank.R1>(variance),
              withOffset ? tensorOf<tf.Rank.R1>(offset) : undefined,
              withScale ? tensorOf<tf.Rank.R1>(scale) : undefined,
            ),
          within(normalized(x, mean, variance, withOffset ? offset : undefined, withScale ? scale : undefined), 1e-5),
        ];
      }),
    ),
    ...[1, 2, 5].map((radius): ForwardCase => {
      const x = wave([2, 2, 2, 7]);
      const [bias, alpha, beta] = [1.5, 0.5, 0.75];
      const y = ndArray(x.shape, (index) => {
        const channel = index[3] ?? 0;
        let sum = 0;
        for (let c = channel - radius; c <= channel + radius; c++) sum += at(x, [...index.slice(0, 3), c]) ** 2;
        return at(x, index) * (bias + alpha * sum) ** -beta;
      });
      return [
        `localResponseNormalization of radius ${radius}`,
        () => tf.localResponseNormalization(tensorOf<tf.Rank.R4>(x), radius, bias, alpha, beta),
        within(y, 1e-5),
      ];
    }),
    [
      'moments',
      () => {
        const { mean, variance } = tf.moments(
          tf.tensor2d([
            [1, 2],
            [3, 6],
          ]),
          0,
        );
        return [mean, variance];
      },
      wanted([2, 4]),
      wanted([1, 4]),
    ],
  ]);
});
