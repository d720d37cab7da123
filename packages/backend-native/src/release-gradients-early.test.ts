import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { randomTensor } from './expect-as-on-cpu.fixture.ts';
import { NativeBackend } from './native-backend.ts';
import { releaseMemory } from './release-memory.ts';

const SIZE = 1 << 18;
const BYTES = SIZE * 4;

function used(): number {
  const backend = tf.backend();
  if (!(backend instanceof NativeBackend)) throw new Error('the native back end is not active');
  return backend.pool.statistics().used;
}

/** Sixteen layers whose gradient saves their output. */
const deep = (watch: () => void) => (x: tf.Tensor) => {
  let y: tf.Tensor = x;
  for (let i = 0; i < 16; i++) y = observed(tf.sigmoid(y), watch);
  return tf.sum(y);
};

/** The identity; calls `watch` in the backward pass. */
function observed(x: tf.Tensor, watch: () => void): tf.Tensor {
  return tf.customGrad((at) => ({
    value: tf.clone(at as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => {
      watch();
      return dy;
    },
  }))(x);
}

describe('a backward pass', () => {
  it('frees gradients and saved activations as it proceeds', () => {
    releaseMemory(); // a free block of an earlier test may be larger than what it is used for
    const without = used();
    const x = randomTensor([SIZE], 1);
    const marks: number[] = [];
    const before = used();
    const gradient = tf.grad(deep(() => marks.push(used() - before)))(x);
    expect(marks).toHaveLength(16);
    // 16 activations are saved at first, one less after every step; at most three gradients exist at any time
    expect(Math.max(...marks)).toBeLessThanOrEqual(20 * BYTES);
    expect(marks.at(-1)).toBeLessThanOrEqual(5 * BYTES);
    expect(used() - before).toBe(BYTES);
    tf.dispose([x, gradient]);
    expect(used()).toBe(without);
  });

  it('gives the gradients of cpu where branches join and tensors repeat', () => {
    const x = randomTensor([64], 2);
    const f = (at: tf.Tensor) => {
      const [a, b] = [tf.square(at), tf.mul(at, at)];
      const joined = tf.add(tf.add(a, b), tf.add(a, a));
      const [left, right] = tf.split(tf.mul(joined, at), 2);
      return tf.sum(tf.add(tf.mul(left as tf.Tensor, right as tf.Tensor), left as tf.Tensor));
    };
    const gradient = tf.grad(f)(x);
    const values = x.dataSync();
    // joined at = 4 x^3: f = sum over i < 32 of 16 l^3 r^3 + 4 l^3
    const wanted = Array.from(values, (value, i) => {
      const other = values[(i + 32) % 64] ?? 0;
      return i < 32 ? 48 * value ** 2 * other ** 3 + 12 * value ** 2 : 48 * other ** 3 * value ** 2;
    });
    const scale = Math.max(...wanted.map(Math.abs));
    for (const [i, got] of gradient.dataSync().entries()) {
      expect(Math.abs(got - (wanted[i] ?? 0)) / scale).toBeLessThan(1e-6);
    }
    tf.dispose([x, gradient]);
  });

  it('does not free tensors that the caller passed or keeps', () => {
    const [x, dy] = [randomTensor([SIZE], 3), tf.fill([SIZE], 2)];
    const factor = tf.fill([SIZE], 3);
    let kept: tf.Tensor | undefined;
    const f = (at: tf.Tensor) =>
      tf.customGrad((inner) => ({
        value: tf.mul(inner as tf.Tensor, factor),
        gradFunc: (up: tf.Tensor) => {
          kept = tf.keep(tf.mul(up, factor));
          return kept;
        },
      }))(tf.neg(at));
    const before = tf.memory().numTensors;
    const gradient = tf.grad(f)(x, dy);
    expect(gradient.dataSync()[5]).toBe(-6);
    expect([x, dy, factor, kept].map((tensor) => tensor?.isDisposed)).toEqual([false, false, false, false]);
    expect(tf.memory().numTensors).toBe(before + 2);
    tf.dispose([x, dy, factor, gradient, kept ?? []]);
  });

  it('can use one tensor as gradient of several inputs', () => {
    const [a, b] = [randomTensor([128], 4), randomTensor([128], 5)];
    const sum = tf.customGrad((p, q) => ({
      value: tf.add(p as tf.Tensor, q as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => [dy, dy],
    }));
    const [ga, gb] = tf.grads((p, q) => tf.sum(tf.square(sum(tf.square(p), tf.mul(q, 3)))))([a, b]);
    const [va, vb] = [a.dataSync(), b.dataSync()];
    const inner = Array.from(va, (value, i) => value ** 2 + 3 * (vb[i] ?? 0));
    for (const [i, value] of inner.entries()) {
      expect(ga?.dataSync()[i]).toBeCloseTo(4 * (va[i] ?? 0) * value, 3);
      expect(gb?.dataSync()[i]).toBeCloseTo(6 * value, 3);
    }
    tf.dispose([a, b, ga ?? [], gb ?? []]);
  });

  it('inside another one keeps the tensors that the outer one needs', () => {
    const x = tf.tensor1d([1, 2, 3]);
    const cube = (at: tf.Tensor) => tf.mul(at, tf.mul(at, at));
    const first = (at: tf.Tensor) => tf.grad((inner) => tf.sum(cube(inner)))(at);
    const second = tf.grad((at) => tf.sum(first(at)))(x);
    const values = second.dataSync();
    for (const [i, wanted] of [6, 12, 18].entries()) expect(values[i]).toBeCloseTo(wanted, 5);
    tf.dispose([x, second]);
  });

  it('leaks no tensor', () => {
    const x = randomTensor([SIZE], 6);
    const v = tf.variable(randomTensor([SIZE], 7));
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) {
      const { value, grads } = tf.variableGrads(() => tf.mean(tf.relu(tf.mul(tf.add(x, v), v))) as tf.Scalar, [v]);
      tf.dispose([value, grads]);
    }
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose([x, v]);
  });
});
