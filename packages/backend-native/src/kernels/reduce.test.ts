import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectAsOnCpu, randomTensor } from '../expect-as-on-cpu.fixture.ts';

const REDUCTIONS = [
  (x: tf.Tensor, axis: number[], keep: boolean) => tf.sum(x, axis, keep),
  (x: tf.Tensor, axis: number[], keep: boolean) => tf.mean(x, axis, keep),
  (x: tf.Tensor, axis: number[], keep: boolean) => tf.max(x, axis, keep),
  (x: tf.Tensor, axis: number[], keep: boolean) => tf.min(x, axis, keep),
  (x: tf.Tensor, axis: number[], keep: boolean) => tf.prod(x, axis, keep),
  (x: tf.Tensor, axis: number[]) => tf.argMax(x, axis[0] ?? 0),
  (x: tf.Tensor, axis: number[]) => tf.argMin(x, axis[0] ?? 0),
  (x: tf.Tensor, axis: number[], keep: boolean) => tf.any(tf.greater(x, 1.5), axis, keep),
  (x: tf.Tensor, axis: number[], keep: boolean) => tf.all(tf.less(x, 1.5), axis, keep),
  (x: tf.Tensor) => tf.softmax(x),
  (x: tf.Tensor) => tf.logSoftmax(x),
];

describe('reductions', () => {
  it('agree with cpu for any shape and axes', async () => {
    const given = fc.record({
      shape: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }),
      mask: fc.nat(31),
      keep: fc.boolean(),
      op: fc.nat(REDUCTIONS.length - 1),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ shape, mask, keep, op }) => {
        const axes = shape.map((_, axis) => axis).filter((axis) => mask & (1 << axis));
        const reduction = REDUCTIONS[op];
        if (reduction) await expectAsOnCpu(() => reduction(randomTensor(shape, 1), axes, keep));
      }),
      { numRuns: 200, seed: 12 },
    );
  });

  it.each([
    [[1_000_003], [0]],
    [[3, 200_001], [1]],
    [[70_001, 3], [0]],
    [[37, 1031], [0]],
    [[5, 91, 1300], [1]],
    [
      [12, 13, 14, 15],
      [0, 2],
    ],
    [
      [8, 16, 16, 64],
      [1, 2],
    ],
  ])('sum %o over %o to float32 accuracy', (shape, axes) => {
    const x = randomTensor(shape, 7, 0, 1);
    const [sum, mean] = [tf.sum(x, axes), tf.mean(x, axes)];
    const values = x.dataSync();
    const strides = tf.util.computeStrides(shape).concat(1);
    const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const exact = new Float64Array(sum.size);
    for (let i = 0; i < values.length; i++) {
      let place = 0;
      for (const axis of kept)
        place = place * (shape[axis] ?? 1) + (Math.floor(i / (strides[axis] ?? 1)) % (shape[axis] ?? 1));
      exact[place] = (exact[place] ?? 0) + (values[i] ?? 0);
    }
    const count = x.size / sum.size;
    const means = mean.dataSync();
    sum.dataSync().forEach((got, i) => {
      const wanted = exact[i] ?? 0;
      expect(Math.abs(got - wanted) / wanted).toBeLessThan(3e-7);
      expect(Math.abs((means[i] ?? 0) * count - wanted) / wanted).toBeLessThan(3e-7);
    });
    tf.dispose([x, sum, mean]);
  });

  it('propagate NaN, and give the neutral element for an empty axis', () => {
    const spoiled = tf.tensor2d([1, NaN, 3, 4, 5, 6], [2, 3]);
    const results = [
      tf.max(spoiled, 1),
      tf.min(spoiled, 0),
      tf.sum(spoiled),
      tf.sum(tf.zeros([0, 2]), 0),
      tf.prod(tf.zeros([0, 2]), 0),
    ];
    expect(results.map((result) => Array.from(result.dataSync()))).toEqual([
      [NaN, 6],
      [1, NaN, 3],
      [NaN],
      [0, 0],
      [1, 1],
    ]);
    tf.dispose([spoiled, ...results]);
    tf.disposeVariables();
  });

  it('softmax sums to 1 for huge logits', () => {
    const y = tf.tidy(() => tf.softmax(tf.tensor2d([1e30, 1e30, -1e30, 3e38, -3e38, 0], [2, 3])));
    expect(Array.from(y.dataSync())).toEqual([0.5, 0.5, 0, 1, 0, 0]);
    y.dispose();
  });
});
