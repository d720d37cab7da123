import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { CORNERS, type ForwardCase, testForward, wanted } from './forward-cases.ts';
import { at, integers, type NdArray, ndArray, tensorOf, wave } from './nd-array.ts';

const NAN = Number.NaN;

const SMALL_NUMBERS = [-7, -3, -2, -1, 0, 1, 2, 3, 6, 7];

type Binary = readonly [op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, reference: (a: number, b: number) => number];

const floorMod = (a: number, b: number): number => {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
};

const ARITHMETIC: Readonly<Record<string, Binary>> = {
  add: [tf.add, (a, b) => a + b],
  sub: [tf.sub, (a, b) => a - b],
  mul: [tf.mul, (a, b) => a * b],
  maximum: [tf.maximum, Math.max],
  minimum: [tf.minimum, Math.min],
  squaredDifference: [tf.squaredDifference, (a, b) => (a - b) ** 2],
};

/** Ops with several valid float32 results at overflow or for zero divisors. */
const DIVISION: typeof ARITHMETIC = {
  div: [tf.div, (a, b) => a / b],
  atan2: [tf.atan2, Math.atan2],
  divNoNan: [tf.divNoNan, (a, b) => (b === 0 ? 0 : a / b)],
  prelu: [tf.prelu, (a, b) => (a < 0 ? a * b : a)],
};

const COMPARISON: Readonly<
  Record<string, readonly [op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, reference: (a: number, b: number) => boolean]>
> = {
  equal: [tf.equal, (a, b) => a === b],
  notEqual: [tf.notEqual, (a, b) => a !== b],
  greater: [tf.greater, (a, b) => a > b],
  greaterEqual: [tf.greaterEqual, (a, b) => a >= b],
  less: [tf.less, (a, b) => a < b],
  lessEqual: [tf.lessEqual, (a, b) => a <= b],
};

/** Every pair of corner values. */
const PAIRS = CORNERS.flatMap((a) => CORNERS.map((b) => [a, b] as const));

const WHOLE_PAIRS = SMALL_NUMBERS.flatMap((a) => SMALL_NUMBERS.map((b) => [a, b] as const));

const FINITE_PAIRS = PAIRS.filter(([a, b]) => Math.abs(a) < 1e6 && Math.abs(b) < 1e6);

function ofPairs(name: string, [op, reference]: Binary, pairs: readonly (readonly [number, number])[]): ForwardCase {
  return [
    `${name} of float32`,
    () => op(tf.tensor1d(pairs.map(([a]) => a)), tf.tensor1d(pairs.map(([, b]) => b))),
    wanted(pairs.map(([a, b]) => reference(a, b))),
  ];
}

function ofWhole(name: string, [op, reference]: Binary, pairs: readonly (readonly [number, number])[]): ForwardCase {
  return [
    `${name} of int32`,
    () =>
      op(
        tf.tensor1d(
          pairs.map(([a]) => a),
          'int32',
        ),
        tf.tensor1d(
          pairs.map(([, b]) => b),
          'int32',
        ),
      ),
    wanted(
      pairs.map(([a, b]) => reference(a, b) | 0),
      'int32',
    ),
  ];
}

const SHAPES: readonly (readonly [a: readonly number[], b: readonly number[], y: readonly number[]])[] = [
  [[], [], []],
  [[3], [], [3]],
  [[], [2, 3], [2, 3]],
  [
    [3, 1],
    [1, 4],
    [3, 4],
  ],
  [
    [2, 3, 4],
    [3, 1],
    [2, 3, 4],
  ],
  [
    [2, 1, 3, 1],
    [4, 1, 2],
    [2, 4, 3, 2],
  ],
  [
    [2, 1, 2, 1, 3],
    [1, 3, 1, 2, 1],
    [2, 3, 2, 2, 3],
  ],
  [
    [1, 2, 1, 2, 1, 2],
    [2, 1, 3, 1, 2, 1],
    [2, 2, 3, 2, 2, 2],
  ],
  [
    [2, 0],
    [1, 1],
    [2, 0],
  ],
  [[0], [1], [0]],
  [
    [1, 3],
    [0, 1, 3],
    [0, 1, 3],
  ],
];

/** The entry of an operand at an index of the broadcast shape. */
function broadcast(x: NdArray, index: readonly number[]): number {
  const offset = index.length - x.shape.length;
  return at(
    x,
    x.shape.map((length, axis) => (length === 1 ? 0 : (index[axis + offset] ?? 0))),
  );
}

const name = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

function broadcasts(op: string, [run, reference]: Binary, dtype: 'float32' | 'int32'): ForwardCase[] {
  return SHAPES.map(([a, b, y]) => {
    const make = dtype === 'float32' ? wave : integers;
    const [first, second] = [make(a, 1), make(b, 2)];
    const { values } = ndArray(y, (index) => reference(broadcast(first, index), broadcast(second, index)));
    const row: ForwardCase = [
      `${op} of ${dtype} ${name(a)} and ${name(b)}`,
      () => run(tensorOf(first, dtype), tensorOf(second, dtype)),
      wanted(values, undefined, y),
    ];
    return row;
  });
}

describe('element-wise ops of two tensors', () => {
  const numbers = (reference: (a: number, b: number) => boolean) => (a: number, b: number) => Number(reference(a, b));
  testForward([
    ...Object.entries({ ...ARITHMETIC, ...DIVISION }).map(([op, binary]) => ofPairs(op, binary, PAIRS)),
    ...Object.entries(ARITHMETIC).map(([op, binary]) => ofWhole(op, binary, WHOLE_PAIRS)),
    ofPairs(
      'mod',
      [tf.mod, floorMod],
      FINITE_PAIRS.filter(([, b]) => Math.abs(b) > 1e-3),
    ),
    ofPairs(
      'floorDiv',
      [tf.floorDiv, (a, b) => Math.floor(a / b)],
      FINITE_PAIRS.filter(([, b]) => Math.abs(b) > 1e-3),
    ),
    ofPairs(
      'pow',
      [tf.pow, (a, b) => a ** b],
      PAIRS.filter(([a, b]) => !(Math.abs(a) === 1 && !Number.isFinite(b))),
    ),
    ofWhole(
      'mod',
      [tf.mod, floorMod],
      WHOLE_PAIRS.filter(([, b]) => b !== 0),
    ),
    ofWhole(
      'div',
      [tf.div, (a, b) => Math.floor(a / b)],
      WHOLE_PAIRS.filter(([, b]) => b !== 0),
    ),
    ofWhole(
      'floorDiv',
      [tf.floorDiv, (a, b) => Math.floor(a / b)],
      WHOLE_PAIRS.filter(([, b]) => b !== 0),
    ),
    ofWhole(
      'pow',
      [tf.pow, (a, b) => a ** b],
      WHOLE_PAIRS.filter(([, b]) => b >= 0),
    ),
    ofWhole('bitwiseAnd', [(a, b) => tf.bitwiseAnd(a, b), (a, b) => a & b], WHOLE_PAIRS),
    [
      'atan2 of int32',
      () => tf.atan2(tf.tensor1d([1, -2], 'int32'), tf.tensor1d([2, -3], 'int32')),
      wanted([Math.atan2(1, 2), Math.atan2(-2, -3)], 'float32'),
    ],
    ...([['add', tf.add, 2, 1], ['sub', tf.sub, 0, -1]] as const).map(([name, op, same, other]): ForwardCase => [
      `${name} of bool`,
      () => op(tf.tensor1d([1, 0], 'bool'), tf.tensor1d([1, 1], 'bool')),
      wanted([same, other], 'int32'),
    ]), // biome-ignore format: an op a row
    [
      'floorDiv of NaN',
      () => tf.floorDiv(tf.tensor1d([Number.NaN, 5]), tf.tensor1d([2, 2])),
      wanted([Number.NaN, 2], 'float32'),
    ],
    [
      'mul of int32 wraps',
      () => tf.mul(tf.tensor1d([65537, 123456789], 'int32'), tf.tensor1d([65537, 987654321], 'int32')),
      wanted([Math.imul(65537, 65537), Math.imul(123456789, 987654321)], 'int32'),
    ],
    ...Object.entries(COMPARISON).flatMap(([op, [run, reference]]): ForwardCase[] => [
      [
        `${op} of float32`,
        () => run(tf.tensor1d(PAIRS.map(([a]) => a)), tf.tensor1d(PAIRS.map(([, b]) => b))),
        wanted(
          PAIRS.map(([a, b]) => Number(reference(a, b))),
          'bool',
        ),
      ],
      [
        `${op} of int32`,
        () => run(tf.tensor1d([1, 2, 16777217], 'int32'), tf.tensor1d([2, 2, 16777216], 'int32')),
        wanted([reference(1, 2), reference(2, 2), reference(16777217, 16777216)].map(Number), 'bool'),
      ],
      [
        `${op} of bool`,
        () => run(tf.tensor1d([0, 0, 1, 1], 'bool'), tf.tensor1d([0, 1, 0, 1], 'bool')),
        wanted([reference(0, 0), reference(0, 1), reference(1, 0), reference(1, 1)].map(Number), 'bool'),
      ],
    ]),
    [
      'equal of strings',
      () => tf.equal(tf.tensor1d(['a', 'b', 'é']), tf.tensor1d(['a', 'a', 'é'])),
      wanted([1, 0, 1], 'bool'),
    ],
    ['notEqual of strings', () => tf.notEqual(tf.tensor1d(['a', 'b']), tf.tensor1d(['a'])), wanted([0, 1], 'bool')],
    [
      'logicalAnd',
      () => tf.logicalAnd(tf.tensor1d([0, 0, 1, 1], 'bool'), tf.tensor1d([0, 1, 0, 1], 'bool')),
      wanted([0, 0, 0, 1], 'bool'),
    ],
    [
      'logicalOr',
      () => tf.logicalOr(tf.tensor1d([0, 0, 1, 1], 'bool'), tf.tensor1d([0, 1, 0, 1], 'bool')),
      wanted([0, 1, 1, 1], 'bool'),
    ],
    [
      'logicalXor',
      () => tf.logicalXor(tf.tensor1d([0, 0, 1, 1], 'bool'), tf.tensor1d([0, 1, 0, 1], 'bool')),
      wanted([0, 1, 1, 0], 'bool'),
    ],
    ['addN', () => tf.addN([tf.tensor1d([1, 2]), tf.tensor1d([3, NAN]), tf.tensor1d([5, 6])]), wanted([9, NAN])],
    ['addN of int32', () => tf.addN([1, 2, 3].map((x) => tf.tensor1d([x, -x], 'int32'))), wanted([6, -6], 'int32')],
    [
      'add of int32 and float32',
      () => tf.add(tf.tensor1d([1, 2], 'int32'), tf.tensor1d([0.5, 0.25])),
      wanted([1.5, 2.25], 'float32'),
    ],
    ['maximum of bool', () => tf.maximum(tf.tensor1d([1, 0], 'bool'), tf.tensor1d([0, 0], 'bool')), wanted([1, 0])],
    ...broadcasts('add', ARITHMETIC.add as Binary, 'float32'),
    ...broadcasts('sub', ARITHMETIC.sub as Binary, 'float32'),
    ...broadcasts('sub', ARITHMETIC.sub as Binary, 'int32'),
    ...broadcasts('mul', ARITHMETIC.mul as Binary, 'int32'),
    ...broadcasts('div', DIVISION.div as Binary, 'float32'),
    ...broadcasts('maximum', ARITHMETIC.maximum as Binary, 'float32'),
    ...broadcasts('squaredDifference', ARITHMETIC.squaredDifference as Binary, 'float32'),
    ...broadcasts('prelu', DIVISION.prelu as Binary, 'float32'),
    ...broadcasts('greater', [tf.greater, numbers((a, b) => a > b)], 'float32'),
    ...broadcasts('equal', [tf.equal, numbers((a, b) => a === b)], 'int32'),
  ]);
});
