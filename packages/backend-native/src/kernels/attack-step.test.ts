import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { randomTensor } from '../expect-as-on-cpu.fixture.ts';

const attrs = { length: 0.3, epsilon: 0.7, low: 0, high: 1 };
const run = (inputs: tf.NamedTensorMap, options = attrs): tf.Tensor =>
  tf.engine().runKernel('StLinfStep', inputs, options) as tf.Tensor;

/** The same as separate ops. */
function composed({ points, gradient, center }: Record<'points' | 'gradient' | 'center', tf.Tensor>): tf.Tensor {
  const { length, epsilon, low, high } = attrs;
  const sign = tf.sub(tf.cast(tf.greater(gradient, 0), 'float32'), tf.cast(tf.less(gradient, 0), 'float32'));
  const moved = tf.add(points, tf.mul(length, sign));
  return tf.clipByValue(
    tf.minimum(tf.maximum(moved, tf.sub(center, epsilon)), tf.add(center, epsilon)),
    ...([low, high] as const),
  );
}

describe('StLinfStep', () => {
  it('has the bits of the ops that it replaces, also for NaN and zero gradients', () => {
    for (const size of [1, 15, 16, 17, 70_001]) {
      tf.tidy(() => {
        const holes = (tensor: tf.Tensor, every: number, hole: number): tf.Tensor =>
          tf.tensor1d(tensor.dataSync().map((value, i) => (i % every === 3 ? hole : value)) as Float32Array);
        const inputs = {
          points: holes(randomTensor([size], 1), 11, Number.NaN),
          gradient: holes(holes(randomTensor([size], 2), 5, 0), 7, Number.NaN),
          center: holes(randomTensor([size], 3), 13, Number.NaN),
        };
        expect(run(inputs).dataSync()).toEqual(composed(inputs).dataSync());
      });
    }
  });

  it('rejects tensors of different shapes', () => {
    const [points, gradient, center] = [tf.zeros([2]), tf.zeros([3]), tf.zeros([2])];
    expect(() => run({ points, gradient, center })).toThrow('must have one shape, got [2], [3], [2]');
    tf.dispose([points, gradient, center]);
  });
});
