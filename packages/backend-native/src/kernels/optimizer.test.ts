import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { randomTensor } from '../expect-as-on-cpu.fixture.ts';

const attrs = { learningRate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: false };

function step(size: number, options: typeof attrs): { got: Float32Array; wanted: number[]; velocity: number[] } {
  const [parameter, velocity, gradient] = [randomTensor([size], 1), randomTensor([size], 2), randomTensor([size], 3)];
  const [p, v, g] = [parameter, velocity, gradient].map((tensor) => tensor.dataSync());
  const results = tf.engine().runKernel('StSgd', { parameter, velocity, gradient }, options) as tf.Tensor[];
  const decayed = Array.from(g ?? [], (value, i) => value + options.weightDecay * (p?.[i] ?? 0));
  const moved = decayed.map((value, i) => options.momentum * (v?.[i] ?? 0) + value);
  const wanted = moved.map(
    (value, i) =>
      (p?.[i] ?? 0) - options.learningRate * (options.nesterov ? (decayed[i] ?? 0) + options.momentum * value : value),
  );
  const [got, newVelocity] = results.map((result) => result.dataSync() as Float32Array);
  tf.dispose([parameter, velocity, gradient, ...results]);
  expect(newVelocity).toHaveLength(size);
  for (const [i, value] of moved.entries()) expect(newVelocity?.[i]).toBeCloseTo(value, 5);
  return { got: got ?? new Float32Array(), wanted, velocity: moved };
}

describe('StSgd', () => {
  it.each([false, true])('takes the step of PyTorch, nesterov %s', (nesterov) => {
    for (const size of [1, 15, 16, 17, 70_001]) {
      const { got, wanted } = step(size, { ...attrs, nesterov });
      for (const [i, value] of wanted.entries()) expect(Math.abs((got[i] ?? NaN) - value)).toBeLessThan(1e-5);
    }
  });

  it('rejects tensors of different shapes', () => {
    const [parameter, velocity, gradient] = [tf.zeros([2]), tf.zeros([3]), tf.zeros([2])];
    expect(() => tf.engine().runKernel('StSgd', { parameter, velocity, gradient }, attrs)).toThrow(
      'must have one shape, got [2], [3], [2]',
    );
    tf.dispose([parameter, velocity, gradient]);
  });
});
