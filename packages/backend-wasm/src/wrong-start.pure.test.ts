import { afterEach, describe, expect, it, vi } from 'vitest';

import { wasmAvailable } from './available-in-node.ts';
import { checkedExports } from './module-exports.ts';

afterEach(() => vi.unstubAllEnvs());

describe('wasmAvailable', () => {
  it.each(['65', '-1', 'two', '1.5'])('is false, with the reason, for ST_NUM_THREADS=%s', (text) => {
    vi.stubEnv('ST_NUM_THREADS', text);
    expect(wasmAvailable()).toEqual({
      available: false,
      reason: `[@st/backend-wasm] ST_NUM_THREADS must be an integer in [0, 64], 0 for one a core, got '${text}'.`,
    });
  });
});

describe('checkedExports', () => {
  it('rejects a module that lacks a function, and says how to build it', () => {
    const { exports } = new WebAssembly.Instance(
      new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])),
    );
    expect(() => checkedExports(exports)).toThrow(
      '[@st/backend-wasm] the WebAssembly module was built from other sources. Install the package again; in a clone, run `npm run build:modules`',
    );
  });
});
