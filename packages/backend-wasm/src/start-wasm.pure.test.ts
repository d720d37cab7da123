import { expect, it } from 'vitest';

import { nodePlatform } from './node-platform.ts';
import { registerWasm } from './register.ts';
import { startWasm } from './start-wasm.ts';

it('says why the module cannot be started, and tries again when called again', async () => {
  const statuses = [404, 500];
  const readModule = () => Promise.reject(new Error(`st-simd.wasm is not served: ${statuses.shift()}`));
  registerWasm({ ...nodePlatform, readModule }, () => 1);
  expect(await startWasm()).toEqual({ available: false, reason: 'st-simd.wasm is not served: 404' });
  expect(await startWasm()).toEqual({ available: false, reason: 'st-simd.wasm is not served: 500' });
});
