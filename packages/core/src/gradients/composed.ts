import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { unbroadcast } from './gradient.ts';
import type { Backward } from './tape-node.ts';

/** A kernel inside a composed operation of tfjs, whose scope is named after it, and its gradient there. */
type Composed = {
  readonly operation: string;
  readonly pull: (dy: Tensor, saved: readonly Tensor[]) => ReturnType<Backward>;
};

const COMPOSED: Readonly<Record<string, Composed>> = {
  // relu(x) + log1p(exp(-|x|)) has slope 1/2 at 0 as a whole: relu gives 0 there, so |x| must give -1
  Abs: {
    operation: 'sigmoidCrossEntropy__op',
    pull: (dy, [x]) => ({ x: () => tf.mul(dy, tf.step(x as Tensor, -1)) }),
  },
  // the root of a sum of squares: the norm has the subgradient 0 at 0, where the root alone is infinitely steep
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
  // a quotient by zero is replaced by zero, and what is not wanted must not come back as 0 / 0
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

/** The gradient of a kernel where it is part of an operation that is smooth, or has a finite slope, and the kernel by itself has not. */
export function composedGradient(name: string, saved: readonly Tensor[]): Backward | undefined {
  const composed = COMPOSED[name];
  if (!composed) return undefined;
  const scopes = tf.engine().state.scopeStack;
  if (!scopes.some((scope) => scope.name === composed.operation)) return undefined;
  return ([dy]) => composed.pull(dy as Tensor, saved);
}
