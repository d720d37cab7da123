import { describe, expect, it } from 'vitest';

import { checkedExports } from './module-exports.ts';

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
