import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { float, gradient, indicator, unbroadcast } from './gradient.ts';

type Derived = (dy: Tensor, a: Tensor, b: Tensor) => Tensor;

/** The gradient of f(a, b) under broadcasting. */
const binary = (kernelName: string, byA: Derived, byB: Derived): GradConfig =>
  gradient(kernelName, { inputs: ['a', 'b'] }, (dy, saved) => {
    const [a, b] = saved.map(float) as [Tensor, Tensor];
    return { a: () => unbroadcast(byA(dy, a, b), a.shape), b: () => unbroadcast(byB(dy, a, b), b.shape) };
  });

/** dy where `more` holds, dy / 2 where the two inputs are equal, 0 elsewhere: two equal inputs share the gradient. */
function shareAtTies(dy: Tensor, more: Tensor, atLeast: Tensor): Tensor {
  return tf.mul(dy, tf.mul(tf.add(indicator(more), indicator(atLeast)), 0.5));
}

/** d(a ^ b) / da = b a ^ (b - 1); 0 where b is 0, also at a = 0. */
function powerByBase(dy: Tensor, a: Tensor, b: Tensor): Tensor {
  const exponent = tf.where(tf.equal(b, 0), tf.onesLike(b), tf.sub(b, 1));
  return tf.mul(dy, tf.mul(b, tf.pow(a, exponent)));
}

/** d(a ^ b) / db = a ^ b log a; 0 where a <= 0. */
function powerByExponent(dy: Tensor, a: Tensor, b: Tensor): Tensor {
  const logarithm = tf.log(tf.where(tf.greater(a, 0), a, tf.onesLike(a)));
  return tf.mul(dy, tf.mul(tf.pow(a, b), logarithm));
}

const squareSum = (a: Tensor, b: Tensor): Tensor => tf.add(tf.square(a), tf.square(b));
const twiceDifference: Derived = (dy, a, b) => tf.mul(dy, tf.mul(2, tf.sub(a, b)));

/** Elementwise functions of two tensors. */
export const binaryGradients: readonly GradConfig[] = [
  gradient('Add', { inputs: ['a', 'b'] }, (dy, [a, b]) => ({
    a: () => unbroadcast(dy, (a as Tensor).shape),
    b: () => unbroadcast(dy, (b as Tensor).shape),
  })),
  gradient('Sub', { inputs: ['a', 'b'] }, (dy, [a, b]) => ({
    a: () => unbroadcast(dy, (a as Tensor).shape),
    b: () => tf.neg(unbroadcast(dy, (b as Tensor).shape)),
  })),
  gradient('AddN', { inputs: 'all' }, (dy, saved) =>
    Object.fromEntries(saved.map((_, i) => [i, () => tf.clone(dy)] as const)),
  ),
  binary('Multiply', (dy, _, b) => tf.mul(dy, b), (dy, a) => tf.mul(dy, a)), // biome-ignore format: one line a function
  binary(
    'RealDiv',
    (dy, _, b) => tf.div(dy, b),
    (dy, a, b) => tf.neg(tf.div(tf.mul(dy, tf.div(a, b)), b)),
  ),
  binary('Pow', powerByBase, powerByExponent),
  binary('SquaredDifference', twiceDifference, (dy, a, b) => twiceDifference(dy, b, a)),
  binary(
    'Maximum',
    (dy, a, b) => shareAtTies(dy, tf.greater(a, b), tf.greaterEqual(a, b)),
    (dy, a, b) => shareAtTies(dy, tf.less(a, b), tf.lessEqual(a, b)),
  ),
  binary(
    'Minimum',
    (dy, a, b) => shareAtTies(dy, tf.less(a, b), tf.lessEqual(a, b)),
    (dy, a, b) => shareAtTies(dy, tf.greater(a, b), tf.greaterEqual(a, b)),
  ),
  binary('FloorDiv', tf.zerosLike, tf.zerosLike), // constant between its steps
  binary(
    'Mod',
    (dy) => tf.clone(dy),
    (dy, a, b) => tf.neg(tf.mul(dy, tf.floor(tf.div(a, b)))),
  ),
  binary(
    'Atan2',
    (dy, a, b) => tf.mul(dy, tf.div(b, squareSum(a, b))),
    (dy, a, b) => tf.neg(tf.mul(dy, tf.div(a, squareSum(a, b)))),
  ),
  gradient('Prelu', { inputs: ['x', 'alpha'] }, (dy, saved) => {
    const [x, alpha] = saved as [Tensor, Tensor];
    const isPositive = tf.greater(x, 0);
    return {
      x: () => tf.where(isPositive, dy, tf.mul(dy, alpha)),
      alpha: () => unbroadcast(tf.where(isPositive, tf.zerosLike(dy), tf.mul(dy, x)), alpha.shape),
    };
  }),
  gradient('Select', { inputs: ['condition'] }, (dy, [condition]) => ({
    t: () => tf.where(condition as Tensor, dy, tf.zerosLike(dy)),
    e: () => tf.where(condition as Tensor, tf.zerosLike(dy), dy),
  })),
];
