import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { CORNERS, type ForwardCase, testForward, wanted } from './forward-cases.ts';
import { at, integers, type NdArray, ndArray, tensorOf, wave } from './nd-array.ts';

const NAN = Number.NaN;
const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;

/** Half-way cases go to the even neighbor, as in TensorFlow. */
function roundToEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  if (rest === 0.5) return low % 2 === 0 ? low : low + 1;
  return rest < 0.5 ? low : low + 1;
}

/** The Gauss error function: a Taylor series, 1 where float32 is. */
function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 5) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; n < 200; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** NaN where either is, which Math.min and Math.max keep. */
const clip = (low: number, high: number) => (x: number) => Math.min(Math.max(x, low), high);

const UNARY: Readonly<Record<string, readonly [op: (x: tf.Tensor) => tf.Tensor, reference: (x: number) => number]>> = {
  abs: [tf.abs, Math.abs],
  acos: [tf.acos, Math.acos],
  acosh: [tf.acosh, Math.acosh],
  asin: [tf.asin, Math.asin],
  asinh: [tf.asinh, Math.asinh],
  atan: [tf.atan, Math.atan],
  atanh: [tf.atanh, Math.atanh],
  ceil: [tf.ceil, Math.ceil],
  cosh: [tf.cosh, Math.cosh],
  elu: [tf.elu, (x) => (x >= 0 ? x : Math.expm1(x))],
  erf: [tf.erf, erf],
  exp: [tf.exp, Math.exp],
  expm1: [tf.expm1, Math.expm1],
  floor: [tf.floor, Math.floor],
  leakyRelu: [(x) => tf.leakyRelu(x, 0.25), (x) => (x < 0 ? 0.25 * x : x)],
  log: [tf.log, Math.log],
  log1p: [tf.log1p, Math.log1p],
  logSigmoid: [tf.logSigmoid, (x) => Math.min(x, 0) - Math.log1p(Math.exp(-Math.abs(x)))],
  neg: [tf.neg, (x) => -x],
  reciprocal: [tf.reciprocal, (x) => 1 / x],
  relu: [tf.relu, (x) => Math.max(x, 0)],
  relu6: [tf.relu6, clip(0, 6)],
  round: [tf.round, roundToEven],
  rsqrt: [tf.rsqrt, (x) => 1 / Math.sqrt(x)],
  selu: [tf.selu, (x) => SELU_SCALE * (x >= 0 ? x : SELU_ALPHA * Math.expm1(x))],
  sigmoid: [tf.sigmoid, sigmoid],
  sign: [tf.sign, (x) => (x > 0 ? 1 : x < 0 ? -1 : 0)], // 0 of NaN, as tfjs's tests have it
  sinh: [tf.sinh, Math.sinh],
  softplus: [tf.softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
  sqrt: [tf.sqrt, Math.sqrt],
  square: [tf.square, (x) => x * x],
  step: [(x) => tf.step(x, 0.25), (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : 0.25)],
  tanh: [tf.tanh, Math.tanh],
  clipByValue: [(x) => tf.clipByValue(x, -1.25, 2), clip(-1.25, 2)],
};

/** Sine and cosine of large arguments are not the same function of the float32 that is nearest: arguments up to 100. */
const PERIODIC: typeof UNARY = { sin: [tf.sin, Math.sin], cos: [tf.cos, Math.cos], tan: [tf.tan, Math.tan] };

const ofCorners = (table: typeof UNARY, corners: readonly number[]): ForwardCase[] =>
  Object.entries(table).map(([name, [op, reference]]) => [
    `${name} of float32`,
    () => op(tf.tensor1d([...corners])),
    wanted(corners.map(reference), 'float32'),
  ]);

const BOOLEAN: Readonly<Record<string, readonly [op: (x: tf.Tensor) => tf.Tensor, reference: (x: number) => boolean]>> =
  {
    isFinite: [tf.isFinite, Number.isFinite],
    isInf: [tf.isInf, (x) => Math.abs(x) === Number.POSITIVE_INFINITY],
    isNaN: [tf.isNaN, Number.isNaN],
  };

/** Ops of whole numbers that stay whole numbers. */
const WHOLE: typeof UNARY = {
  abs: [tf.abs, Math.abs],
  neg: [tf.neg, (x) => -x],
  sign: [tf.sign, Math.sign],
  square: [tf.square, (x) => x * x],
  relu: [tf.relu, (x) => Math.max(x, 0)],
  relu6: [tf.relu6, clip(0, 6)],
  clipByValue: [(x) => tf.clipByValue(x, -2, 4), clip(-2, 4)],
};

/** Ops of whole numbers whose results are real numbers. */
const REAL_OF_WHOLE: typeof UNARY = {
  exp: [tf.exp, Math.exp],
  log1p: [tf.log1p, Math.log1p],
  expm1: [tf.expm1, Math.expm1],
  sinh: [tf.sinh, Math.sinh],
  asinh: [tf.asinh, Math.asinh],
  atan: [tf.atan, Math.atan],
  erf: [tf.erf, erf],
  softplus: [tf.softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
  reciprocal: [tf.reciprocal, (x) => 1 / x],
  selu: [tf.selu, (x) => SELU_SCALE * (x >= 0 ? x : SELU_ALPHA * Math.expm1(x))],
  leakyRelu: [(x) => tf.leakyRelu(x, 0.25), (x) => (x < 0 ? 0.25 * x : x)],
  round: [tf.round, (x) => x],
};

const WHOLE_NUMBERS = [-100, -7, -3, -2, -1, 0, 1, 2, 3, 6, 7, 46341];
const SMALL_NUMBERS = [-7, -3, -2, -1, 0, 1, 2, 3, 6, 7];

describe('element-wise ops of one tensor', () => {
  testForward([
    ...ofCorners(UNARY, CORNERS),
    ...ofCorners(
      PERIODIC,
      CORNERS.filter((x) => !(Math.abs(x) > 200 && Number.isFinite(x))),
    ),
    ...Object.entries(BOOLEAN).map(
      ([name, [op, reference]]): ForwardCase => [
        `${name} of float32`,
        () => op(tf.tensor1d([...CORNERS])),
        wanted(
          CORNERS.map((x) => Number(reference(x))),
          'bool',
        ),
      ],
    ),
    ...Object.entries(WHOLE).map(
      ([name, [op, reference]]): ForwardCase => [
        `${name} of int32`,
        () => op(tf.tensor1d(WHOLE_NUMBERS, 'int32')),
        wanted(
          WHOLE_NUMBERS.map((x) => reference(x) | 0),
          'int32',
        ),
      ],
    ),
    ...Object.entries(REAL_OF_WHOLE).map(
      ([name, [op, reference]]): ForwardCase => [
        `${name} of int32`,
        () => op(tf.tensor1d(SMALL_NUMBERS, 'int32')),
        wanted(SMALL_NUMBERS.map(reference)),
      ],
    ),
    ...Object.entries({ ...UNARY, ...PERIODIC }).flatMap(([name, [op, reference]]): ForwardCase[] => [
      [`${name} of nothing`, () => op(tf.zeros([2, 0, 3])), wanted([], 'float32', [2, 0, 3])],
      [`${name} of a scalar`, () => op(tf.scalar(0.75)), wanted([reference(0.75)], 'float32', [])],
    ]),
    ['logicalNot', () => tf.logicalNot(tf.tensor1d([0, 1, 1, 0], 'bool')), wanted([1, 0, 0, 1], 'bool')],
    ['isNaN of int32', () => tf.isNaN(tf.tensor1d([0, 1], 'int32')), wanted([0, 0], 'bool')],
    ['relu of bool', () => tf.relu(tf.tensor1d([0, 1], 'bool')), wanted([0, 1])],
    ['abs of bool', () => tf.abs(tf.tensor1d([0, 1], 'bool')), wanted([0, 1])],
    ['exp of bool', () => tf.exp(tf.tensor1d([0, 1], 'bool')), wanted([1, Math.E])],
    ['clipByValue with NaN in long rows', () => tf.clipByValue(longRow(), 0, 1), wanted(longValues().map(clip(0, 1)))],
    ['relu with NaN in long rows', () => tf.relu(longRow()), wanted(longValues().map((x) => Math.max(x, 0)))],
    ['relu6 with NaN in long rows', () => tf.relu6(longRow()), wanted(longValues().map(clip(0, 6)))],
  ]);
});

/** Long enough for every vector kernel, with NaN, infinities and signs at many places of a vector. */
function longValues(): number[] {
  return wave([1003]).values.map((value, i) => (i % 37 === 5 ? NAN : i % 53 === 7 ? Number.POSITIVE_INFINITY : value));
}

function longRow(): tf.Tensor1D {
  return tf.tensor1d(longValues());
}

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
    ['nothing to int32', () => tf.cast(tf.zeros([0, 2]), 'int32'), wanted([], 'int32', [0, 2])],
    [
      'float32 out of range of int32 (NaN, too large)',
      () => tf.abs(tf.mul(0, tf.cast(tf.tensor1d([1e20, NAN]), 'int32'))),
      wanted([0, 0]),
    ],
  ]);
});

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

/** Those whose float32 results at overflow or at zero divisors have more than one form. */
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

/** The entry of an operand that a result's index reads under broadcasting. */
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
