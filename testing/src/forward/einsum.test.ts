import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { type ForwardCase, testForward, within } from './forward-cases.ts';
import { at, indices, integers, type NdArray, ndArray, tensorOf, wave } from './nd-array.ts';

/** The definition of einsum: the sum over every index of the letters that the result lacks. */
function einsum(equation: string, operands: readonly NdArray[]): NdArray {
  const [left = '', output = ''] = equation.split('->');
  const terms = left.split(',');
  const lengths = new Map(terms.flatMap((term, i) => [...term].map((l, axis) => [l, operands[i]?.shape[axis] ?? 1])));
  const summed = [...lengths.keys()].filter((letter) => !output.includes(letter));
  const lengthsOf = (letters: readonly string[]): number[] => letters.map((letter) => lengths.get(letter) ?? 1);
  return ndArray(lengthsOf([...output]), (index) =>
    indices(lengthsOf(summed)).reduce((sum, rest) => {
      const place = (letter: string): number => [...index, ...rest][[...output, ...summed].indexOf(letter)] ?? 0;
      return sum + operands.reduce((all, x, i) => all * at(x, [...(terms[i] ?? '')].map(place)), 1);
    }, 0),
  );
}

const LENGTHS: Readonly<Record<string, number>> = { a: 2, b: 3, c: 4 };

/** The positions of a letter: in the first operand, the second, or both; in the result (r) or not. */
const PLACES = ['1', '2', '12', '1r', '2r', '12r'];

/** Every equation of two operands with the letters a, b and c, up to renaming; the order of the letters varies between equations. */
const EQUATIONS: readonly string[] = PLACES.flatMap((a, i) =>
  PLACES.slice(i).flatMap((b, j) =>
    PLACES.slice(i + j).map((c, k) => {
      const within = (which: string, turns: number): string => {
        const letters = [a, b, c].flatMap((places, n) => (places.includes(which) ? ['abc'[n] ?? ''] : []));
        const turned = [...letters.slice(turns % 3), ...letters.slice(0, turns % 3)];
        return (turns % 2 === 0 ? turned : turned.reverse()).join('');
      };
      return `${within('1', i + k)},${within('2', j + k)}->${within('r', i + j)}`;
    }),
  ),
);

const FORMS: readonly (readonly [equation: string, ...shapes: (readonly number[])[]])[] = [
  ...EQUATIONS.map((equation) => {
    const [left = ''] = equation.split('->');
    const shapes = left.split(',').map((term) => [...term].map((letter) => LENGTHS[letter] ?? 1));
    return [equation, ...shapes] as const;
  }),
  ['ij->ij', [2, 3]],
  ['ij->ji', [2, 3]],
  ['ij->i', [2, 3]],
  ['ij->j', [2, 3]],
  ['ij->', [2, 3]],
  ['i->', [3]],
  ['->', []],
  [',->', [], []],
  [',ij->ji', [], [2, 3]],
  ['ij,->i', [2, 3], []],
  ['bhqd,bhkd->bhqk', [2, 2, 3, 4], [2, 2, 5, 4]],
  ['bhqk,bhkd->bqhd', [2, 2, 3, 5], [2, 2, 5, 4]],
  ['abcdef,fedcba->', [2, 1, 2, 3, 1, 2], [2, 1, 3, 2, 1, 2]],
  ['ij,jk->ik', [2, 0], [0, 3]],
  ['ij,jk->ik', [0, 2], [2, 3]],
  ['ij,k->ik', [2, 0], [3]],
];

const label = (shapes: readonly (readonly number[])[]): string => shapes.map((shape) => `[${shape}]`).join(' and ');

describe('einsum', () => {
  testForward([
    ...FORMS.flatMap(([equation, ...shapes]): ForwardCase[] => {
      const name = `${equation} of ${label(shapes)}`;
      const [real, whole] = [shapes.map((shape, i) => wave(shape, i)), shapes.map((shape, i) => integers(shape, i))];
      return [
        [
          name,
          () => tf.einsum(equation, ...real.map((x) => tensorOf(x))),
          { ...within(einsum(equation, real), 1e-5), dtype: 'float32' },
        ],
        [
          `${name} of int32`,
          () => tf.einsum(equation, ...whole.map((x) => tensorOf(x, 'int32'))),
          { ...einsum(equation, whole), dtype: 'int32' },
        ],
      ];
    }),
    [
      'of an int32 and a float32 tensor',
      () => tf.einsum('ij,j->i', tf.tensor2d([1, 2, 3, 4], [2, 2], 'int32'), tf.tensor1d([0.5, 0.25])),
      { shape: [2], values: [1, 2.5], dtype: 'float32' },
    ],
    [
      'of bool counts',
      () => tf.einsum('ij,kj->ik', tf.tensor2d([1, 1, 0, 1], [2, 2], 'bool'), tf.tensor2d([1, 1], [1, 2], 'bool')),
      { shape: [2, 1], values: [2, 1], dtype: 'int32' },
    ],
    [
      'with spaces',
      () => tf.einsum(' i j , j -> i ', tf.ones([2, 3]), tf.ones([3])),
      { shape: [2], values: [3, 3], dtype: 'float32' },
    ],
    [
      'of NaN and an infinity',
      () => tf.einsum('i,j->', tf.tensor1d([Number.NaN, 1]), tf.tensor1d([Number.POSITIVE_INFINITY, 1])),
      { shape: [], values: [Number.NaN], dtype: 'float32' },
    ],
  ]);

  it.each([
    ['ij->ii', [[2, 3]]],
    ['ij,jk->iik', [[2, 3], [3, 2]]],
    ['i->i', [[2, 3]]],
    ['ijk->i', [[2, 3]]],
    ['ii->i', [[2, 2]]],
    ['ij,jk', [[2, 3], [3, 2]]],
    ['ij,jk->il', [[2, 3], [3, 2]]],
    ['ij,jk->ik', [[2, 3], [2, 3]]],
    ['ij,jk->ik', [[2, 3]]],
    ['i,i,i->i', [[2], [2], [2]]],
    ['...i->i', [[2]]],
  ])('refuses %s of %j', (equation, shapes) => {
    expect(() => tf.tidy(() => tf.einsum(equation, ...shapes.map((shape) => tf.ones(shape))))).toThrow();
  }); // biome-ignore format: a form a line

  it('returns a new tensor for an equation that changes nothing', () => {
    const x = tf.tensor1d([1, 2]);
    tf.einsum('i->i', x).dispose();
    expect([...x.dataSync()]).toEqual([1, 2]);
  });
});
