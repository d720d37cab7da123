import { createRng, MissingGradientError } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { recordPass } from './record-pass.ts';

const WHERE = '[@st/attacks] test';
const rng = createRng(4);
const x = rng.normal<tf.Rank.R4>([3, 2, 2, 2]);
const weights = rng.normal<tf.Rank.R2>([8, 4]);
const upstream = [1, 2].map(() => rng.normal<tf.Rank.R2>([3, 4]));

/** Branches that join, a tensor used twice, an operation with several outputs, and one whose gradient returns `dy` itself. */
function network(at: tf.Tensor4D): tf.Tensor2D {
  const flat = tf.matMul(tf.reshape(at, [3, 8]), tf.square(weights));
  const [left, right] = tf.split(tf.tanh(flat), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
  const handed = tf.customGrad((z) => ({ value: tf.clone(z as tf.Tensor), gradFunc: (dy: tf.Tensor) => dy }));
  const joined = tf.concat([tf.mul(left, right), tf.add(left, left)], 1);
  return tf.add(tf.mul(handed(joined), flat), handed(flat)) as tf.Tensor2D;
}

/** The gradient of a step: some function of the pass, different at each replay. */
const gradientOf = (forward: () => tf.Tensor2D, dy: tf.Tensor): tf.Tensor =>
  tf.grad(() => tf.sum(tf.mul(tf.square(forward()), dy)))(x);

describe('recordPass', () => {
  it('calls the function once, and every replay gives its values and gradient', () => {
    let calls = 0;
    const recorded = recordPass(
      WHERE,
      (at) => {
        calls++;
        return tf.tidy(() => network(at));
      },
      x,
    );
    tf.tidy(() => {
      expectClose(recorded.output, network(x));
      for (const dy of [...upstream, ...upstream])
        expectClose(
          gradientOf(recorded.replay, dy),
          gradientOf(() => network(x), dy),
        );
    });
    expect(calls).toBe(1);
    recorded.dispose();
  });

  it('keeps no tensor beyond the record, which dispose frees', () => {
    const leaked = countTensors(() => {
      const recorded = recordPass(WHERE, network, x);
      expect(countTensors(() => gradientOf(recorded.replay, upstream[0] as tf.Tensor).dispose())).toBe(0);
      expect(countTensors(() => recorded.replay().dispose())).toBe(0);
      recorded.dispose();
    });
    expect(leaked).toBe(0);
  });

  it('gives gradient 0 if the output does not depend on the input', () => {
    const recorded = recordPass(WHERE, () => tf.square(upstream[0] as tf.Tensor2D), x);
    const gradient = gradientOf(recorded.replay, upstream[1] as tf.Tensor);
    expectClose(gradient, tf.zerosLike(x));
    recorded.dispose();
  });

  it('works within a tape of the caller, and does not remove its nodes', () => {
    const dy = upstream[0] as tf.Tensor;
    const y = rng.normal([3, 2, 2, 2]);
    const f = (at: tf.Tensor): tf.Tensor => {
      const square = tf.square(at);
      const recorded = recordPass(WHERE, network, x);
      const inner = gradientOf(recorded.replay, dy);
      recorded.dispose();
      return tf.sum(tf.mul(square, inner));
    };
    tf.tidy(() => {
      const inner = gradientOf(() => network(x), dy);
      expectClose(tf.grad(f)(y), tf.mul(tf.mul(2, y), inner));
    });
    y.dispose();
  });

  it('does not dispose a gradient that belongs to someone else', () => {
    const own = tf.ones<tf.Rank.R4>([3, 2, 2, 2]);
    const foreign = tf.customGrad((z) => ({ value: tf.clone(z as tf.Tensor), gradFunc: () => own }));
    const recorded = recordPass(WHERE, (at) => tf.reshape(foreign(tf.neg(at)), [3, 8]) as tf.Tensor2D, x);
    const gradient = tf.grad(() => tf.sum(recorded.replay()))(x);
    expectClose(gradient, tf.fill([3, 2, 2, 2], -1));
    expect(own.isDisposed).toBe(false);
    recorded.dispose();
  });

  it('disposes the saved tensors if the function throws', () => {
    const leaked = countTensors(() => {
      const failing = (at: tf.Tensor4D): tf.Tensor2D => {
        network(at);
        throw new Error('device lost');
      };
      expect(() => recordPass(WHERE, failing, x)).toThrow('device lost');
    });
    expect(leaked).toBe(0);
  });

  it('names an operation without a gradient', () => {
    const recorded = recordPass(
      WHERE,
      (at) => tf.cast(tf.greater(tf.reshape(at, [3, -1]), 0), 'float32') as tf.Tensor2D,
      x,
    );
    const dy = tf.ones(recorded.output.shape);
    const differentiated = () => gradientOf(recorded.replay, dy);
    expect(differentiated).toThrow(MissingGradientError);
    expect(differentiated).toThrow('the operation Greater is not differentiable');
    dy.dispose();
    recorded.dispose();
  });
});
