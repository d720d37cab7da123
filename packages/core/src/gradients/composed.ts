import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { unbroadcast } from './gradient.ts';
import type { Backward } from './tape-node.ts';

/** The gradient of a kernel where it runs inside a composed operation of tfjs. `operation` is the name of that operation's scope. */
type Composed = {
  readonly operation: string;
  readonly pull: (dy: Tensor, saved: readonly Tensor[]) => ReturnType<Backward>;
};

const COMPOSED: Readonly<Record<string, Composed>> = {
  // relu(x) + log1p(exp(-|x|)) has slope 1/2 at 0. The slope of relu is 0 there, so that of |x| must be -1.
  Abs: {
    operation: 'sigmoidCrossEntropy__op',
    pull: (dy, [x]) => ({ x: () => tf.mul(dy, tf.step(x as Tensor, -1)) }),
  },
  // The norm, the root of a sum of squares, has the subgradient 0 at 0; the slope of the root alone is infinite there.
  Sqrt: {
    operation: 'norm__op',
    pull: (dy, [x]) => ({
      x: () => {
        const isZero = tf.equal(x as Tensor, 0);
        const root = tf.sqrt(tf.where(isZero, tf.onesLike(x as Tensor), x as Tensor));
        return tf.where(isZero, tf.zerosLike(dy), tf.div(dy, tf.mul(root, 2)));
      },
    }),
  },
  // divNoNan replaces a quotient by zero with 0. Its gradient must be 0 there too, not 0 / 0 = NaN.
  RealDiv: {
    operation: 'divNoNan__op',
    pull: (dy, saved) => {
      const [a, b] = saved as [Tensor, Tensor];
      const divisor = (): Tensor => tf.where(tf.equal(b, 0), tf.onesLike(b), b);
      return {
        a: () => unbroadcast(tf.div(dy, divisor()), a.shape),
        b: () => unbroadcast(tf.neg(tf.div(tf.mul(dy, tf.div(a, divisor())), divisor())), b.shape),
      };
    },
  },
};

/**
 * The gradient of a kernel inside a composed operation that has a finite slope where the kernel alone has none; undefined if the kernel does not
 * run inside such an operation.
 */
export function composedGradient(name: string, saved: readonly Tensor[]): Backward | undefined {
  const composed = COMPOSED[name];
  if (!composed) return undefined;
  const scopes = tf.engine().state.scopeStack;
  if (!scopes.some((scope) => scope.name === composed.operation)) return undefined;
  return ([dy]) => composed.pull(dy as Tensor, saved);
}
