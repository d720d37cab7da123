import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import './expect-as-on-cpu.fixture.ts'; // silences the advice that `cpu` logs on first use
import type { NativeBackend } from './native-backend.ts';
import { releaseMemory } from './release-memory.ts';

it('frees memory that no tensor holds, and keeps the rest', () => {
  const backend = tf.backend() as NativeBackend;
  const kept = tf.fill([512, 512], 3);
  tf.fill([512, 512], 4).dispose();
  expect(backend.pool.statistics().free).toBeGreaterThanOrEqual(2 ** 20);
  const { used } = backend.pool.statistics();
  releaseMemory();
  expect(backend.pool.statistics()).toEqual({ used, free: 0 });
  expect(kept.dataSync().every((value) => value === 3)).toBe(true);
  kept.dispose();
});
