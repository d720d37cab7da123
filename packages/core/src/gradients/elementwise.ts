import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { float, gradient, indicator, run } from './gradient.ts';

type Derived = (dy: Tensor, saved: Tensor) => Tensor;

/** SELU's constants (Klambauer et al. 2017, arXiv 1706.02515). */
const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473768;

/** dx from dy and x. */
const OF_INPUT: Readonly<Record<string, Derived>> = {
  Abs: (dy, x) => tf.mul(dy, tf.sign(x)),
  Acos: (dy, x) => tf.neg(tf.div(dy, tf.sqrt(oneMinusSquare(x)))),
  Acosh: (dy, x) => tf.div(dy, tf.sqrt(tf.sub(tf.square(x), 1))),
  Asin: (dy, x) => tf.div(dy, tf.sqrt(oneMinusSquare(x))),
  Asinh: (dy, x) => tf.div(dy, tf.sqrt(tf.add(tf.square(x), 1))),
  Atan: (dy, x) => tf.div(dy, tf.add(tf.square(x), 1)),
  Atanh: (dy, x) => tf.div(dy, oneMinusSquare(x)),
  Cos: (dy, x) => tf.mul(dy, tf.neg(tf.sin(x))),
  Cosh: (dy, x) => tf.mul(dy, tf.sinh(x)),
  Erf: (dy, x) => tf.mul(dy, tf.mul(tf.exp(tf.neg(tf.square(x))), 2 / Math.sqrt(Math.PI))),
  Expm1: (dy, x) => tf.mul(dy, tf.exp(x)),
  Log: (dy, x) => tf.div(dy, x),
  Log1p: (dy, x) => tf.div(dy, tf.add(x, 1)),
  Reciprocal: (dy, x) => tf.neg(tf.div(dy, tf.square(x))),
  Relu: (dy, x) => tf.mul(dy, float(tf.step(x))),
  Relu6: (dy, x) => tf.mul(dy, tf.mul(indicator(tf.lessEqual(x, 6)), float(tf.step(x)))),
  Rsqrt: (dy, x) => tf.neg(tf.div(dy, tf.mul(tf.mul(x, tf.sqrt(x)), 2))),
  Selu: (dy, x) => tf.mul(dy, seluSlope(x)),
  Sin: (dy, x) => tf.mul(dy, tf.cos(x)),
  Sinh: (dy, x) => tf.mul(dy, tf.cosh(x)),
  Softplus: (dy, x) => tf.mul(dy, tf.sigmoid(x)),
  Sqrt: (dy, x) => tf.div(dy, tf.mul(tf.sqrt(x), 2)),
  Square: (dy, x) => tf.mul(dy, tf.mul(x, 2)),
  Tan: (dy, x) => tf.div(dy, tf.square(tf.cos(x))),
};

/** dx from dy and y. */
const OF_OUTPUT: Readonly<Record<string, Derived>> = {
  Exp: (dy, y) => tf.mul(dy, y),
  Sigmoid: (dy, y) => tf.mul(dy, tf.mul(y, tf.sub(1, y))),
  Tanh: (dy, y) => tf.mul(dy, tf.sub(1, tf.square(y))),
};

/** dx from dy alone. */
const OF_GRADIENT: Readonly<Record<string, (dy: Tensor) => Tensor>> = {
  Identity: (dy) => float(tf.clone(dy)),
  Neg: (dy) => tf.neg(dy),
  // constant between their steps
  Ceil: tf.zerosLike,
  Floor: tf.zerosLike,
  OnesLike: tf.zerosLike,
  Round: tf.zerosLike,
  Sign: tf.zerosLike,
  ZerosLike: tf.zerosLike,
};

/** Clips x at 0 before the exponential: above 0 the slope does not need it, and it could overflow. */
function seluSlope(x: Tensor): Tensor {
  const below = tf.mul(tf.exp(tf.minimum(x, 0)), SELU_SCALE_ALPHA);
  return tf.where(tf.greater(x, 0), tf.fill(x.shape, SELU_SCALE), below);
}

function oneMinusSquare(x: Tensor): Tensor {
  return tf.sub(1, tf.square(x));
}

const gradients = <T>(table: Readonly<Record<string, T>>, make: (name: string, derived: T) => GradConfig) =>
  Object.entries(table).map(([name, derived]) => make(name, derived));

/** Elementwise functions of one tensor. */
export const elementwiseGradients: readonly GradConfig[] = [
  ...gradients(OF_INPUT, (name, derived) =>
    gradient(name, { inputs: ['x'] }, (dy, [x]) => ({ x: () => derived(dy, float(x as Tensor)) })),
  ),
  ...gradients(OF_OUTPUT, (name, derived) =>
    gradient(name, { outputs: [0] }, (dy, [y]) => ({ x: () => derived(dy, y as Tensor) })),
  ),
  ...gradients(OF_GRADIENT, (name, derived) => gradient(name, {}, (dy) => ({ x: () => derived(dy) }))),
  gradient('Elu', { outputs: [0] }, (dy, [y]) => ({ x: () => run('EluGrad', { dy, y: y as Tensor }, {}) })),
  // EluGrad is linear in dy: the factor is 1 where y >= 0 and y + 1 elsewhere
  gradient('EluGrad', { inputs: ['dy', 'y'] }, (ddx, [dy, y]) => ({
    dy: () => run('EluGrad', { dy: ddx, y: y as Tensor }, {}),
    y: () => tf.where(tf.less(y as Tensor, 0), tf.mul(ddx, dy as Tensor), tf.zerosLike(ddx)),
  })),
  gradient<{ alpha: number }>('Step', { inputs: ['x'] }, (dy) => ({ x: () => tf.zerosLike(dy) })),
  gradient<{ alpha: number }>('LeakyRelu', { inputs: ['x'] }, (dy, [x], { alpha }) => ({
    x: () => tf.where(tf.greater(x as Tensor, 0), dy, tf.mul(dy, alpha)),
  })),
  gradient<{ clipValueMin: number; clipValueMax: number }>(
    'ClipByValue',
    { inputs: ['x'] },
    (dy, [x], { clipValueMin, clipValueMax }) => ({
      x: () => {
        const inside = tf.logicalAnd(
          tf.greaterEqual(x as Tensor, clipValueMin),
          tf.lessEqual(x as Tensor, clipValueMax),
        );
        return tf.where(inside, dy, tf.zerosLike(dy));
      },
    }),
  ),
  // Zero for a cast to int32, as for Floor, and for a cast to bool.
  gradient<{ dtype: string }>('Cast', {}, (dy, _, { dtype }) => ({
    x: () => (dtype === 'int32' || dtype === 'bool' ? tf.zerosLike(float(dy)) : float(tf.clone(dy))),
  })),
];
