import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DIVERGENCES, type Divergence, divergenceNamed } from './divergence.ts';
import { klDivergence, klDivergencePerExample } from './kl-divergence.ts';

/** Logits that have the given probabilities. */
const logitsOf = (rows: number[][]): tf.Tensor2D => tf.log(tf.tensor2d(rows));

const P = [0.5, 0.5];
const Q = [0.25, 0.75];
const KL_PQ = 0.5 * Math.log(2) + 0.5 * Math.log(2 / 3);
const KL_QP = 0.25 * Math.log(0.5) + 0.75 * Math.log(1.5);
const JS_PQ =
  0.5 * (0.5 * Math.log(0.5 / 0.375) + 0.5 * Math.log(0.5 / 0.625)) +
  0.5 * (0.25 * Math.log(0.25 / 0.375) + 0.75 * Math.log(0.75 / 0.625));

const BY_HAND: Readonly<Record<Divergence, number>> = {
  'symmetric-kl': 0.5 * (KL_PQ + KL_QP),
  'symmetric-kl-plain': 0.5 * (KL_PQ + KL_QP),
  js: JS_PQ,
  l2: 2 * 0.25 ** 2,
};

describe('klDivergence', () => {
  it('is sum p log(p / q) with p from the first argument', () => {
    tf.tidy(() => {
      expectClose(klDivergencePerExample(logitsOf([P, Q]), logitsOf([Q, P])), [KL_PQ, KL_QP]);
      expectClose(klDivergence(logitsOf([P, P]), logitsOf([Q, P])), [KL_PQ / 2]);
    });
  });

  it('has the gradient of finite differences in both arguments', () => {
    const [a, b] = pair(1);
    expectGradient((z) => klDivergence(z as tf.Tensor2D, b), a);
    expectGradient((z) => klDivergence(a, z as tf.Tensor2D), b);
    tf.dispose([a, b]);
  });

  it('rejects logits of different shapes', () => {
    tf.tidy(() => {
      expect(() => klDivergence(tf.ones([2, 3]), tf.ones([2, 4]))).toThrow(
        '[@st/losses] klDivergence: both logits must have the same shape, got [2,3] and [2,4]. They must come from the same batch and model.',
      );
    });
  });
});

describe.each(DIVERGENCES)('%s', (name) => {
  const f = divergenceNamed(name);

  it('has the value computed by hand, as a batch mean', () => {
    tf.tidy(() => {
      expectClose(f(logitsOf([P]), logitsOf([Q])), [BY_HAND[name]]);
      expectClose(f(logitsOf([P, P]), logitsOf([Q, P])), [BY_HAND[name] / 2]);
    });
  });

  it('has value 0 and gradient 0 for equal predictions', () => {
    tf.tidy(() => {
      const [a] = pair(2);
      const { value, grads } = tf.valueAndGrads((u, l) => f(u as tf.Tensor2D, l as tf.Tensor2D))([a, tf.clone(a)]);
      expectClose(value, [0]);
      for (const gradient of grads) expectClose(gradient, new Float32Array(a.size));
    });
  });

  it('is symmetric, never negative, and does not change when a constant is added to the logits', () => {
    const row = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(row, row, fc.float({ min: -100, max: 100, noNaN: true }), (u, l, shift) => {
        tf.tidy(() => {
          const [a, b] = [tf.tensor2d([u]), tf.tensor2d([l])];
          const value = f(a, b).dataSync()[0] ?? Number.NaN;
          expect(value).toBeGreaterThan(-1e-5);
          expectClose(f(b, a), [value]);
          expectClose(f(tf.add(a, shift), b), [value], 1e-4); // adding 100 costs float32 logits two digits
        });
      }),
      { seed: 3, numRuns: 50 },
    );
  });

  it('has a finite value and gradient for logits of +-1e4', () => {
    tf.tidy(() => {
      const a = tf.tensor2d([
        [1e4, -1e4, 0],
        [-1e4, -1e4, 1e4],
      ]);
      const b = tf.tensor2d([
        [-1e4, 1e4, 0],
        [-1e4, -1e4, 1e4],
      ]);
      const { value, grads } = tf.valueAndGrads((u, l) => f(u as tf.Tensor2D, l as tf.Tensor2D))([a, b]);
      for (const tensor of [value, ...grads]) expect(Array.from(tensor.dataSync()).every(Number.isFinite)).toBe(true);
    });
  });

  it('returns one tensor and leaks none; rejects logits of different shapes', () => {
    const [a, b] = pair(4);
    expect(countTensors(() => f(a, b).dispose())).toBe(0);
    expect(() => tf.tidy(() => f(a, tf.ones([1, 2])))).toThrow('both logits must have the same shape');
    tf.dispose([a, b]);
  });
});

describe.each(['symmetric-kl-plain', 'js', 'l2'] as const)('%s', (name) => {
  it('has the gradient of finite differences in both arguments', () => {
    const f = divergenceNamed(name);
    const [a, b] = pair(5);
    expectGradient((z) => f(z as tf.Tensor2D, b), a);
    expectGradient((z) => f(a, z as tf.Tensor2D), b);
    tf.dispose([a, b]);
  });
});

describe('symmetric-kl', () => {
  it('has the gradient for constant targets, 0.5 (p - q) / n and its negative, not that of its value', () => {
    tf.tidy(() => {
      const f = divergenceNamed('symmetric-kl');
      const [upper, lower] = tf.grads((u, l) => f(u as tf.Tensor2D, l as tf.Tensor2D))([
        logitsOf([P, P]),
        logitsOf([Q, Q]),
      ]);
      expectClose(upper ?? [], [0.0625, -0.0625, 0.0625, -0.0625]);
      expectClose(lower ?? [], [-0.0625, 0.0625, -0.0625, 0.0625]);
    });
  });
});

describe('divergenceNamed', () => {
  it('rejects an unknown name', () => {
    expect(() => divergenceNamed('kl' as Divergence)).toThrow(
      "[@st/losses] divergenceNamed: divergence must be one of 'symmetric-kl', 'symmetric-kl-plain', 'js', 'l2', got 'kl'.",
    );
  });
});

function pair(seed: number): [tf.Tensor2D, tf.Tensor2D] {
  return [tf.randomNormal([3, 4], 0, 1.5, 'float32', seed), tf.randomNormal([3, 4], 0, 1.5, 'float32', seed + 100)];
}
