import { expectClose, valuesOn } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

// `cpu` logs advice to install tfjs-node on its first use, and console output fails a test.
Reflect.set(tf.findBackend('cpu'), 'firstUse', false);

/** Numbers in [low, high) from a seed: a linear congruential generator; their distribution does not matter here. */
export function randomTensor(shape: readonly number[], seed: number, low = -2, high = 2): tf.Tensor {
  let state = (Math.imul(seed, 747796405) + 2891336453) >>> 0;
  const values = Float32Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * state) / 2 ** 32;
  });
  return tf.tensor(values, [...shape]);
}

/** Expects `work` to have the same result on the back end under test as on `cpu`, relative to the largest value. */
export async function expectAsOnCpu(work: () => tf.Tensor | tf.Tensor[], bound = 1e-5): Promise<void> {
  const before = tf.memory().numTensors;
  const made = [tf.tidy(work)].flat();
  const values = made.map((tensor) => Array.from(tensor.dataSync()));
  const shapes = made.map(({ shape, dtype }) => ({ shape, dtype }));
  tf.dispose(made);
  expect(tf.memory().numTensors, 'tensors left').toBe(before);
  const cpuShapes: unknown[] = [];
  const cpuValues = await valuesOn('cpu', () => {
    const onCpu = [tf.tidy(work)].flat();
    cpuShapes.push(...onCpu.map(({ shape, dtype }) => ({ shape, dtype })));
    return onCpu;
  });
  expect(shapes).toEqual(cpuShapes);
  for (const [i, expected] of cpuValues.entries()) {
    const got = values[i] ?? [];
    const numbers = Array.from(expected, Number);
    // NaN and infinities must be at the same positions; all other values are compared as numbers.
    const special = (list: readonly number[]) => list.map((value) => (Number.isFinite(value) ? 0 : value));
    expect(special(got)).toEqual(special(numbers));
    const finite = (list: readonly number[]) => list.map((value) => (Number.isFinite(value) ? value : 0));
    expectClose(finite(got), finite(numbers), bound);
  }
}
