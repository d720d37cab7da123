import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { setThreads, wasmStatus } from './index.ts';

const product = (): Float32Array =>
  tf.tidy(() => {
    const x = tf.reshape(tf.range(0, 256 * 256, 1, 'float32'), [256, 256]);
    return tf.matMul(tf.sin(x), tf.cos(x)).dataSync() as Float32Array;
  });

describe('setThreads', () => {
  it('changes the number of threads, not the bits of results', async () => {
    const before = wasmStatus().threads;
    await setThreads(1);
    const alone = product();
    for (const count of [4, 2, 3]) {
      await setThreads(count);
      expect(wasmStatus().threads).toBe(count);
      expect(product()).toEqual(alone);
    }
    await setThreads(0);
    expect(wasmStatus().threads).toBeGreaterThanOrEqual(1);
    await setThreads(before);
  });

  it.each([-1, 65, 1.5, Number.NaN, '2' as never, {} as never])('rejects %s', async (count) => {
    await expect(setThreads(count)).rejects.toThrow(
      `[@st/backend-wasm] setThreads: count must be an integer in [0, 64], 0 for one a core, got `,
    );
  });
});

describe('wasmStatus', () => {
  it('tells the instruction set and that threads can be had', () => {
    expect(wasmStatus()).toMatchObject({ whyOneThread: undefined });
    expect(['simd', 'relaxed-simd']).toContain(wasmStatus().instructionSet);
  });
});
