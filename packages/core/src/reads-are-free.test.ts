import { testBackend } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';

import { readsAreFree } from './reads-are-free.ts';

it('is true on the tested back ends, which are all synchronous', () => {
  expect(['cpu', 'wasm', 'st-wasm', 'native', 'tensorflow']).toContain(testBackend());
  expect(readsAreFree()).toBe(true);
});

it.each(['webgpu', 'webgl', 'an unknown one'])('is false on %s', (name) => {
  vi.spyOn(tf.engine(), 'backendName', 'get').mockReturnValue(name);
  expect(readsAreFree()).toBe(false);
  vi.restoreAllMocks();
});
