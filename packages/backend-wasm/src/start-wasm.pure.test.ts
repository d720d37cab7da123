import { afterEach, expect, it, vi } from 'vitest';

import { nodePlatform } from './node-platform.ts';
import { registerWasm } from './register.ts';
import { startWasm } from './start-wasm.ts';

afterEach(() => vi.unstubAllEnvs());

it.each(['65', '-1', 'two', '1.5'])('gives the reason for ST_NUM_THREADS=%s', async (text) => {
  vi.stubEnv('ST_NUM_THREADS', text);
  registerWasm(nodePlatform, () => 1);
  expect(await startWasm()).toEqual({
    available: false,
    reason: `[@st/backend-wasm] ST_NUM_THREADS must be an integer in [0, 64], 0 for one a core, got '${text}'.`,
  });
});

it('starts one module, however often it is called at once', async () => {
  let reads = 0;
  const readModule = () => Promise.reject(new Error(`read ${++reads} times`));
  registerWasm({ ...nodePlatform, readModule }, () => 1);
  const failed = { available: false, reason: 'read 1 times' };
  expect(await Promise.all([startWasm(), startWasm()])).toEqual([failed, failed]);
});

it('says why the module cannot be started, and tries again when called again', async () => {
  const statuses = [404, 500];
  const readModule = () => Promise.reject(new Error(`st-simd.wasm is not served: ${statuses.shift()}`));
  registerWasm({ ...nodePlatform, readModule }, () => 1);
  expect(await startWasm()).toEqual({ available: false, reason: 'st-simd.wasm is not served: 404' });
  expect(await startWasm()).toEqual({ available: false, reason: 'st-simd.wasm is not served: 500' });
});
