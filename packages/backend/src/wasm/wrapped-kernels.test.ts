import { expectClose, testBackend, valuesOn } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { registerTrainingKernels } from './register-training-kernels.ts';

/** A shape of up to four axes, and the axes to reduce. */
const reductions = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 4 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc.subarray(shape.map((_, axis) => axis)),
    keepDims: fc.boolean(),
  }),
);

describe.runIf(testBackend() === 'wasm')('wrapped kernels', () => {
  it('sum and average over any axes like cpu', async () => {
    await fc.assert(
      fc.asyncProperty(reductions, async ({ shape, axes, keepDims }) => {
        const reduce = () =>
          tf.tidy(() => {
            const x = tf.randomUniform(shape, 0, 1, 'float32', 5);
            return [tf.sum(x, axes, keepDims), tf.mean(x, axes, keepDims)];
          });
        const expected = await valuesOn('cpu', reduce);
        const actual = reduce();
        actual.forEach((value, i) => {
          expectClose(value, expected[i] as Float32Array, 1e-6);
        });
        const kept = shape.flatMap((length, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [length]));
        expect(actual[0]?.shape).toEqual(kept);
        tf.dispose(actual);
      }),
      { seed: 9, numRuns: 150 },
    );
  });

  it('average a large batch with an error of at most 5e-7', () => {
    const x = tf.fill([64, 32, 32, 8], 0.1);
    expectClose(
      tf.mean(x, [0, 1, 2]),
      Array.from({ length: 8 }, () => Math.fround(0.1)),
      5e-7,
    );
  });

  it('sum integers exactly', () => {
    const x = tf.fill([2, 3, 4], 16_777_217, 'int32');
    expect([...tf.sum(x, [0]).dataSync()].every((sum) => sum === 33_554_434)).toBe(true);
  });

  it('multiply transposed matrices like cpu', async () => {
    for (const [transposeA, transposeB] of [
      [true, false],
      [false, true],
      [true, true],
    ] as const) {
      const product = () =>
        tf.tidy(() => {
          const a = tf.randomNormal<tf.Rank.R2>(transposeA ? [7, 5] : [5, 7], 0, 1, 'float32', 1);
          const b = tf.randomNormal<tf.Rank.R2>(transposeB ? [3, 7] : [7, 3], 0, 1, 'float32', 2);
          return tf.matMul(a, b, transposeA, transposeB);
        });
      const [expected] = await valuesOn('cpu', product);
      expectClose(product(), expected as Float32Array);
    }
  });

  it('multiply batches of transposed matrices like cpu', async () => {
    const product = () =>
      tf.tidy(() => {
        const a = tf.randomNormal<tf.Rank.R3>([3, 7, 5], 0, 1, 'float32', 1);
        return tf.matMul(a, tf.randomNormal<tf.Rank.R3>([3, 7, 2], 0, 1, 'float32', 2), true);
      });
    const [expected] = await valuesOn('cpu', product);
    expectClose(product(), expected as Float32Array);
  });

  it('keep a clone alive when its source is disposed', () => {
    const source = tf.tensor1d([1, 2, 3]);
    const copies = [tf.clone(source), tf.cast(source, 'float32')];
    source.dispose();
    tf.tensor1d([9, 9, 9]);
    for (const copy of copies) expect([...copy.dataSync()]).toEqual([1, 2, 3]);
  });

  it('cast to another dtype and clone strings', () => {
    expect([...tf.cast(tf.tensor1d([1.7, -1.7]), 'int32').dataSync()]).toEqual([1, -1]);
    expect([...tf.clone(tf.tensor1d(['a', 'b'])).dataSync()]).toEqual(['a', 'b']);
  });

  it('leak no data on the back end', () => {
    const x = tf.ones([4, 6, 5, 3]);
    const matrix = tf.ones<tf.Rank.R2>([4, 3]);
    const before = tf.engine().backend.numDataIds();
    tf.tidy(() => {
      tf.sum(x, [0, 1, 2]);
      tf.mean(x, [1, 2]);
      tf.matMul(matrix, matrix, true);
      tf.clone(tf.cast(x, 'float32'));
    });
    expect(tf.engine().backend.numDataIds()).toBe(before);
  });

  it('are registered only once', () => {
    const names = ['BatchMatMul', 'Cast', 'Conv2DBackpropFilter', 'Conv2DBackpropInput', 'Identity', 'Mean', 'Sum'];
    const kernels = names.map((name) => tf.getKernel(name, 'wasm').kernelFunc);
    registerTrainingKernels();
    expect(names.map((name) => tf.getKernel(name, 'wasm').kernelFunc)).toEqual(kernels);
  });
});
