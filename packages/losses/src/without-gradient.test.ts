import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { stopGradient, withoutGradient } from './without-gradient.ts';

describe('stopGradient', () => {
  it('keeps the value and stops the gradient: d/dx x sg(x) = sg(x)', () => {
    tf.tidy(() => {
      const { value, grad } = tf.valueAndGrad((x) => tf.sum(tf.mul(x, stopGradient(x))))(tf.tensor1d([2, -3]));
      expectClose(value, [13]);
      expectClose(grad, [2, -3]);
    });
  });

  it('returns one tensor and leaks none', () => {
    const x = tf.scalar(1);
    expect(countTensors(() => stopGradient(x).dispose())).toBe(0);
    x.dispose();
  });
});

describe('withoutGradient', () => {
  it('records no op that runs inside it: a variable used there gets no gradient', () => {
    const weight = tf.variable(tf.scalar(3));
    const x = tf.scalar(2);
    tf.tidy(() => {
      const { grads } = tf.variableGrads(
        () =>
          tf.add(
            tf.mul(weight, x),
            withoutGradient(() => tf.mul(tf.square(weight), x)),
          ) as tf.Scalar,
        [weight],
      );
      expectClose(grads[weight.name] ?? [], [2]);
    });
    tf.dispose([weight, x]);
  });
});

it('allows comparisons of differentiated tensors, though tfjs has no gradient of a comparison', () => {
  tf.tidy(() => {
    const absolute = (x: tf.Tensor): tf.Tensor =>
      tf.sum(
        tf.where(
          withoutGradient(() => tf.less(x, 0)),
          tf.neg(x),
          x,
        ),
      );
    expectClose(tf.grad(absolute)(tf.tensor1d([-2, 5])), [-1, 1]);
  });
});
