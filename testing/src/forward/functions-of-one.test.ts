import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { CORNERS, type ForwardCase, testForward, wanted } from './forward-cases.ts';
import { wave } from './nd-array.ts';

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

/** The error function: a Taylor series, and +-1 where float32 rounds to it. */
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

/** NaN stays NaN, because Math.min and Math.max propagate it. */
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
  sign: [tf.sign, (x) => (x > 0 ? 1 : x < 0 ? -1 : 0)], // 0 for NaN, as in tfjs's tests
  sinh: [tf.sinh, Math.sinh],
  softplus: [tf.softplus, (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))],
  sqrt: [tf.sqrt, Math.sqrt],
  square: [tf.square, (x) => x * x],
  step: [(x) => tf.step(x, 0.25), (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : 0.25)],
  tanh: [tf.tanh, Math.tanh],
  clipByValue: [(x) => tf.clipByValue(x, -1.25, 2), clip(-1.25, 2)],
};

/** Tested with arguments up to 100: for larger ones, rounding the argument to float32 changes the result too much. */
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

/** Ops that give int32 for int32. */
const WHOLE: typeof UNARY = {
  abs: [tf.abs, Math.abs],
  neg: [tf.neg, (x) => -x],
  sign: [tf.sign, Math.sign],
  square: [tf.square, (x) => x * x],
  relu: [tf.relu, (x) => Math.max(x, 0)],
  relu6: [tf.relu6, clip(0, 6)],
  clipByValue: [(x) => tf.clipByValue(x, -2, 4), clip(-2, 4)],
};

/** Ops that give float32 for int32. */
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

/** Long enough for every SIMD kernel, with NaN, infinities and both signs at many positions of a vector. */
function longValues(): number[] {
  return wave([1003]).values.map((value, i) => (i % 37 === 5 ? NAN : i % 53 === 7 ? Number.POSITIVE_INFINITY : value));
}

function longRow(): tf.Tensor1D {
  return tf.tensor1d(longValues());
}

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
      [`${name} of an empty tensor`, () => op(tf.zeros([2, 0, 3])), wanted([], 'float32', [2, 0, 3])],
      [`${name} of a scalar`, () => op(tf.scalar(0.75)), wanted([reference(0.75)], 'float32', [])],
    ]),
    ['logicalNot', () => tf.logicalNot(tf.tensor1d([0, 1, 1, 0], 'bool')), wanted([1, 0, 0, 1], 'bool')],
    ['isNaN of negative int32', () => tf.isNaN(tf.tensor1d([-1, -8388608, 7], 'int32')), wanted([0, 0, 0], 'bool')],
    ['isInf of int32', () => tf.isInf(tf.tensor1d([2139095040, -8388608], 'int32')), wanted([0, 0], 'bool')],
    ['isFinite of int32', () => tf.isFinite(tf.tensor1d([-1, 2139095040], 'int32')), wanted([1, 1], 'bool')],
    ['isNaN of int32', () => tf.isNaN(tf.tensor1d([0, 1], 'int32')), wanted([0, 0], 'bool')],
    ['relu of bool', () => tf.relu(tf.tensor1d([0, 1], 'bool')), wanted([0, 1])],
    ['abs of bool', () => tf.abs(tf.tensor1d([0, 1], 'bool')), wanted([0, 1])],
    ['exp of bool', () => tf.exp(tf.tensor1d([0, 1], 'bool')), wanted([1, Math.E])],
    ['clipByValue with NaN in long rows', () => tf.clipByValue(longRow(), 0, 1), wanted(longValues().map(clip(0, 1)))],
    ['relu with NaN in long rows', () => tf.relu(longRow()), wanted(longValues().map((x) => Math.max(x, 0)))],
    ['relu6 with NaN in long rows', () => tf.relu6(longRow()), wanted(longValues().map(clip(0, 6)))],
  ]);
});
