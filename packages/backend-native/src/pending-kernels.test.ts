import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Addon } from './addon.ts';
import { loadedAddon } from './native-available.ts';
import type { NativeBackend } from './native-backend.ts';
import { getThreads, setThreads } from './set-threads.ts';

const { addon } = loadedAddon() as { addon: Addon };

/** Large enough that kernels are still running at the next line of JavaScript. */
const MANY = 3_000_000;

const filled = (length: number, value: number) => new Float32Array(length).fill(value);
/** Keeps the kernels busy for some milliseconds. */
const busy = () => tf.tidy(() => tf.keep(tf.matMul<tf.Tensor2D>(tf.fill([700, 700], 1), tf.fill([700, 700], 1))));
/** A scalar that is computed from that work: 700. */
const first = (work: tf.Tensor2D) => tf.reshape(tf.slice(work, [0, 0], [1, 1]), []);

describe.each([1, 2, 3])('queued kernels, with %i threads', (threads) => {
  let before: number;
  beforeEach(() => {
    before = getThreads();
    setThreads(threads);
  });
  afterEach(() => {
    setThreads(before);
    tf.disposeVariables();
  });

  it('do not use an array of the caller after its tensor is disposed', () => {
    const mine = filled(MANY, 2);
    const work = busy();
    const x = tf.tensor1d(mine);
    const y = tf.square(x);
    x.dispose();
    mine.fill(100);
    expect(new Set(y.dataSync())).toEqual(new Set([4]));
    tf.dispose([work, y]);
  });

  it('use a copy of a small array', () => {
    const mine = filled(100, 2);
    const x = tf.tensor1d(mine);
    const work = busy();
    const y = tf.add(x, first(work));
    mine.fill(100);
    expect(new Set(y.dataSync())).toEqual(new Set([702]));
    tf.dispose([work, x, y]);
  });

  it('are not affected by writes to values that were read', async () => {
    const x = tf.fill([100], 3);
    const read = [x.dataSync(), await x.data()];
    const work = busy();
    const y = tf.mul(x, first(work));
    for (const values of read) values.fill(0);
    expect(new Set(y.dataSync())).toEqual(new Set([2100]));
    tf.dispose([work, x, y]);
  });

  it('have run before a kernel of cpu reads their results', () => {
    const work = busy();
    const scaled = tf.div(work, 1400);
    const y = tf.acos(scaled);
    expect(y.dataSync()[5]).toBeCloseTo(Math.acos(0.5), 6);
    tf.dispose([work, scaled, y]);
  });

  it('have run before integers are converted to floats, and afterwards, too', () => {
    const ints = tf.cast(tf.fill([MANY], 3.5), 'int32');
    const mean = tf.mean(ints);
    expect(mean.dataSync()[0]).toBeCloseTo(3, 5);
    const sums = tf.mean(tf.reshape(ints, [MANY / 3, 3]), 1);
    expect(new Set(sums.dataSync())).toEqual(new Set([3]));
    tf.dispose([ints, mean, sums]);
  });

  it('do not use a shortcut of the caller after the normalization it was fused to', () => {
    const mine = filled(8 * 32 * 32 * 64, 2);
    const filter = tf.fill<tf.Rank.R4>([1, 1, 64, 64], 1);
    const images = tf.fill<tf.Rank.R4>([8, 32, 32, 64], 1);
    const residual = tf.tensor4d(mine, [8, 32, 32, 64]);
    const work = busy();
    const gamma = tf.tidy(() => tf.mul(tf.fill([64], 1), first(work)));
    const [zeros, ones] = [tf.fill([64], 0), tf.fill([64], 1)];
    const y = tf.tidy(() =>
      tf
        .engine()
        .runKernel(
          'StBatchNormInference',
          { x: tf.conv2d(images, filter, 1, 'same'), gamma, beta: zeros, mean: zeros, variance: ones, residual },
          { epsilon: 0, activation: 'linear' },
        ),
    ) as tf.Tensor;
    residual.dispose();
    mine.fill(-1);
    expect(new Set(y.dataSync())).toEqual(new Set([64 * 700 + 2]));
    tf.dispose([filter, images, work, gamma, zeros, ones, y]);
  });

  it('can be many more than the queue holds without a read', () => {
    const x = tf.tidy(() => {
      let sum: tf.Tensor = tf.zeros([20_000]);
      for (let i = 0; i < 5000; i++) {
        const next = tf.add(sum, 1);
        sum.dispose();
        sum = next;
      }
      return sum;
    });
    expect(new Set(x.dataSync())).toEqual(new Set([5000]));
    x.dispose();
  });

  it('write a variable before statistics computed from it are fused into a convolution', () => {
    const filter = tf.ones<tf.Rank.R4>([1, 1, 64, 64]);
    const images = tf.fill<tf.Rank.R4>([8, 16, 16, 64], 1);
    const gamma = tf.variable(tf.ones([64]));
    const work = busy();
    gamma.assign(tf.tidy(() => tf.mul(tf.ones([64]), first(work))));
    const [zeros, ones] = [tf.zeros([64]), tf.ones([64])];
    const y = tf.tidy(() =>
      tf
        .engine()
        .runKernel(
          'StBatchNormInference',
          { x: tf.conv2d(images, filter, 1, 'same'), gamma, beta: zeros, mean: zeros, variance: ones },
          { epsilon: 0, activation: 'linear' },
        ),
    ) as tf.Tensor;
    expect(new Set(y.dataSync())).toEqual(new Set([64 * 700]));
    tf.dispose([filter, images, work, zeros, ones, y]);
  });

  it('have run when tf.time returns', async () => {
    const { pending } = tf.backend() as NativeBackend;
    const { era } = pending;
    await tf.time(() => busy().dispose());
    expect(pending.era).toBeGreaterThan(era);
  });

  it('of the module have run after synchronize, in the order of their calls', () => {
    const [x, y, z] = [filled(MANY, 3), filled(MANY, 0), filled(MANY, 0)];
    addon.unary(2, MANY, 0, 0, x, y);
    addon.unary(2, MANY, 0, 0, y, z);
    addon.synchronize();
    expect(new Set(z)).toEqual(new Set([81]));
  });
});
