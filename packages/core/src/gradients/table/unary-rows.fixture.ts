import * as tf from '@tensorflow/tfjs-core';
import { map } from './nd-array.fixture.ts';
import { given, type Row, some } from './row.fixture.ts';

type Unary = readonly [
  name: string,
  run: (x: tf.Tensor) => tf.Tensor,
  f: (x: number) => number,
  from?: number,
  to?: number,
];

/** erf(x) = 2 / sqrt(pi) sum over n of (-1)^n x^(2n + 1) / (n! (2n + 1)), for |x| < 4. */
function erf(x: number): number {
  let [sum, power] = [0, x];
  for (let n = 0; n < 80; n++) {
    sum += power / (2 * n + 1);
    power *= -(x * x) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const SELU_ALPHA = 1.6732632423543772;
const SELU_SCALE = 1.0507009873554805;
const selu = (x: number): number => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

const SMOOTH: readonly Unary[] = [
  ['abs', tf.abs, Math.abs],
  ['acos', tf.acos, Math.acos, -0.9, 0.9],
  ['acosh', tf.acosh, Math.acosh, 1.1, 3],
  ['asin', tf.asin, Math.asin, -0.9, 0.9],
  ['asinh', tf.asinh, Math.asinh],
  ['atan', tf.atan, Math.atan],
  ['atanh', tf.atanh, Math.atanh, -0.9, 0.9],
  ['cos', tf.cos, Math.cos],
  ['cosh', tf.cosh, Math.cosh],
  ['elu', tf.elu, (x) => (x > 0 ? x : Math.expm1(x))],
  ['erf', tf.erf, erf],
  ['exp', tf.exp, Math.exp],
  ['expm1', tf.expm1, Math.expm1],
  ['leakyRelu', tf.leakyRelu, (x) => (x > 0 ? x : Math.fround(0.2) * x)],
  ['leakyRelu: slope 0.01', (x) => tf.leakyRelu(x, 0.01), (x) => (x > 0 ? x : Math.fround(0.01) * x)],
  ['log', tf.log, Math.log, 0.1, 3],
  ['log1p', tf.log1p, Math.log1p, -0.8, 3],
  ['logSigmoid', tf.logSigmoid, (x) => -softplus(-x)],
  ['neg', tf.neg, (x) => -x],
  ['reciprocal', tf.reciprocal, (x) => 1 / x, 0.3, 2],
  ['relu', tf.relu, (x) => Math.max(x, 0)],
  ['relu6', tf.relu6, (x) => Math.min(Math.max(x, 0), 6), -3, 9],
  ['rsqrt', tf.rsqrt, (x) => 1 / Math.sqrt(x), 0.2, 3],
  ['selu', tf.selu, selu],
  ['sigmoid', tf.sigmoid, sigmoid],
  ['sin', tf.sin, Math.sin],
  ['sinh', tf.sinh, Math.sinh],
  ['softplus', tf.softplus, softplus],
  ['sqrt', tf.sqrt, Math.sqrt, 0.1, 3],
  ['square', tf.square, (x) => x * x],
  ['tan', tf.tan, Math.tan, -1, 1],
  ['tanh', tf.tanh, Math.tanh],
  ['clone', tf.clone, (x) => x],
  ['clipByValue', (x) => tf.clipByValue(x, -0.5, 1), (x) => Math.min(Math.max(x, -0.5), 1)],
];

/** Piecewise constant functions: their gradient is zero. */
const STEPS: readonly Unary[] = [
  ['ceil', tf.ceil, Math.ceil],
  ['floor', tf.floor, Math.floor],
  ['round', tf.round, Math.round],
  ['sign', tf.sign, Math.sign],
  ['step', tf.step, (x) => (x > 0 ? 1 : 0)],
  ['step: slope 0.5', (x) => tf.step(x, 0.5), (x) => (x > 0 ? 1 : 0.5)],
  ['cast: to int32 and back', (x) => tf.cast(tf.cast(x, 'int32'), 'float32'), Math.trunc],
  ['onesLike', (x) => tf.add(tf.mul(0, x), tf.onesLike(x)), () => 1],
  ['zerosLike', (x) => tf.add(tf.mul(0, x), tf.zerosLike(x)), () => 0],
];

/** Evaluated where exponentials overflow or underflow. */
const EXTREME: readonly Unary[] = [
  ['elu', tf.elu, (x) => (x > 0 ? x : Math.expm1(x))],
  ['selu', tf.selu, selu],
  ['softplus', tf.softplus, softplus],
  ['sigmoid', tf.sigmoid, sigmoid],
  ['logSigmoid', tf.logSigmoid, (x) => -softplus(-x)],
  ['tanh', tf.tanh, Math.tanh],
  ['erf', tf.erf, Math.sign],
];

const rowsOf = (form: string, rows: readonly Unary[], inputs: (from?: number, to?: number) => Row['inputs']): Row[] =>
  rows.map(([name, run, f, from, to]) => ({
    name: `${name}${name.includes(':') ? ', ' : ': '}${form}`,
    inputs: inputs(from, to),
    run: (x) => run(x as tf.Tensor),
    reference: (x) => map(x as never, f),
  }));

/** Elementwise functions of one tensor. */
export const unaryRows: readonly Row[] = [
  ...rowsOf('rank 3', [...SMOOTH, ...STEPS], (from, to) => [some([2, 3, 4], from, to)]),
  ...rowsOf('rank 0', SMOOTH, (from, to) => [some([], from, to, 1)]),
  ...rowsOf('rank 5', SMOOTH.slice(0, 4), (from, to) => [some([2, 1, 2, 2, 2], from, to)]),
  ...rowsOf('far from zero', EXTREME, () => [given([6], [-200, -95, -40, 40, 95, 200])]),
];
