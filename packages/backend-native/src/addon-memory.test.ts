import { describe, expect, it } from 'vitest';
import { type Addon, UNARY } from './addon.ts';
import { loadedAddon } from './native-available.ts';

const { addon } = loadedAddon() as { addon: Addon };
const floats = (length: number) => new Float32Array(length);
const ints = (...values: number[]) => Int32Array.of(...values);

describe('memory of the native module', () => {
  it('rejects outputs that overlap another argument in any way', () => {
    const block = floats(12);
    const shared = /shares memory with another argument/;
    expect(() => addon.unary(0, 12, 0, 0, block, block)).toThrow(shared);
    expect(() => addon.unary(0, 5, 0, 0, block.subarray(0, 8), block.subarray(7))).not.toThrow();
    expect(() => addon.unary(0, 5, 0, 0, block.subarray(0, 8), block.subarray(4))).toThrow(shared);
    expect(() => addon.unary(0, 5, 0, 0, block.subarray(4), block.subarray(0, 8))).toThrow(shared);
    const layout = ints(1, 4, 1, 1);
    expect(() => addon.binary(0, layout, floats(4), block, block.subarray(3))).toThrow(shared);
    expect(() => addon.binary(0, layout, block, block, floats(4))).not.toThrow();
  });

  it('rejects an array whose buffer was transferred', () => {
    const gone = floats(4);
    structuredClone(gone, { transfer: [gone.buffer] });
    expect(() => addon.unary(0, 4, 0, 0, gone, floats(4))).toThrow(
      'argument 4 (x) must have at least 4 elements, got 0',
    );
  });

  it('writes nothing outside its outputs, and nothing if an argument was rejected', () => {
    const around = floats(40).fill(7);
    addon.unary(UNARY.Exp, 13, 0, 0, floats(13), around.subarray(10, 23));
    expect(Array.from(around)).toEqual([...new Array(10).fill(7), ...new Array(13).fill(1), ...new Array(17).fill(7)]);
    expect(() => addon.unary(UNARY.Exp, 14, 0, 0, floats(13), around)).toThrow();
    expect(around[0]).toBe(7);
  });

  it('accepts empty arrays', () => {
    expect(() => addon.unary(0, 0, 0, 0, floats(0), floats(0))).not.toThrow();
    expect(() => addon.fill(0, 4, floats(1), floats(0))).not.toThrow();
    expect(() => addon.stridedCopy(ints(2, 0, 0, 0, 3, 3, 1, 3, 1), 4, floats(0), floats(0))).not.toThrow();
  });

  it('allocates a zeroed buffer, which is still usable after discard', () => {
    const bytes = 3 * 2 ** 20;
    const before = addon.allocatedBytes();
    const buffer = addon.allocate(bytes);
    if (!buffer) return; // a runtime without external memory
    expect(addon.allocatedBytes() - before).toBe(bytes);
    const view = new Float32Array(buffer);
    expect(view.every((value) => value === 0)).toBe(true);
    view.fill(1);
    addon.discard(buffer);
    view.fill(2);
    expect(view[view.length - 1]).toBe(2);
  });
});
