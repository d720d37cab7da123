import type { BackendName } from '@st/backend';
import type * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

import { testBackend } from './test-backend.ts';

/** Largest difference allowed, relative to the largest expected value, per back end (all compute in float32; wasm, st-wasm and native sum in different orders). */
const TOLERANCE: Readonly<Record<BackendName, number>> = {
  cpu: 1e-5,
  wasm: 1e-5,
  native: 3e-5,
  'st-wasm': 3e-5,
  webgpu: 1e-4,
  'tfjs-node': 1e-5,
  'tfjs-node-gpu': 1e-4,
};

/** The tolerance of the back end under test. */
export function tolerance(): number {
  return TOLERANCE[testBackend()];
}

/** Expects equal shapes and values within `bound` x the largest expected magnitude (or 1, whichever is larger). */
export function expectClose(
  actual: tf.Tensor | ArrayLike<number> | number,
  expected: tf.Tensor | ArrayLike<number> | number,
  bound: number = tolerance(),
): void {
  const got = valuesOf(actual);
  const wanted = valuesOf(expected);
  expect(got.length, 'number of values').toBe(wanted.length);
  const scale = wanted.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  for (let i = 0; i < wanted.length; i++) {
    const error = Math.abs((got[i] ?? Number.NaN) - (wanted[i] ?? Number.NaN));
    if (!(error <= bound * scale)) {
      expect.fail(`value ${i}: got ${got[i]}, wanted ${wanted[i]}; off by ${error}, bound ${bound * scale}`);
    }
  }
}

function valuesOf(source: tf.Tensor | ArrayLike<number> | number): number[] {
  if (typeof source === 'number') return [source];
  return Array.from('dataSync' in source ? source.dataSync() : source);
}
