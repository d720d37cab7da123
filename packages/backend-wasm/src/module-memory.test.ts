import { UNARY } from '@st/backend-native/kit';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { runningEngine } from './register.ts';
import type { WasmEngine } from './start-engine.ts';

const { addon, memory } = runningEngine() as WasmEngine;

function floats(length: number): Float32Array {
  const { buffer, offset } = memory.allocate(4 * length);
  return new Float32Array(buffer, offset, length);
}

describe('the module', () => {
  it('reads arrays outside its memory only if they are short, and writes none', () => {
    const [x, y] = [floats(64), floats(64)];
    x.fill(-2);
    addon.unary(UNARY.Abs, 64, 0, 0, x, y);
    addon.synchronize();
    expect(y[63]).toBe(2);
    addon.unary(UNARY.Square, 64, 0, 0, new Float32Array(64).fill(3), y);
    addon.synchronize();
    expect(y[63]).toBe(9);
    expect(() => addon.unary(UNARY.Abs, 64, 0, 0, x, new Float32Array(64))).toThrow(
      "[@st/backend-wasm] unary: argument 5 (y) is written, so it must lie in the module's memory",
    );
    expect(() => addon.unary(UNARY.Abs, 65, 0, 0, new Float32Array(65), y)).toThrow(
      "[@st/backend-wasm] unary: argument 4 must lie in the module's memory, got an array of 260 bytes elsewhere.",
    );
  });

  it('checks types, lengths and overlaps as the native module does', () => {
    const [x, y] = [floats(8), floats(8)];
    expect(() => addon.unary(UNARY.Abs, 9e9, 0, 0, x, y)).toThrow(RangeError);
    expect(() => addon.unary(UNARY.Abs, 8, 0, 0, x, x)).toThrow('y shares memory with another argument');
    expect(() => addon.unary(UNARY.Abs, 8, 0, 0, x as never, new Int32Array(8) as never)).toThrow('wrong element type');
    expect(() => addon.unary('1' as never, 8, 0, 0, x, y)).toThrow('argument 0 (op) must be a number');
  });
});

describe('memory', () => {
  it('of a step is used again by the next', () => {
    const x = tf.ones([256, 256]);
    const step = () => tf.tidy(() => tf.sum(tf.relu(tf.mul(x, 2))).dataSync()[0]);
    step();
    const before = addon.allocatedBytes();
    for (let i = 0; i < 200; i++) expect(step()).toBe(2 * 256 * 256);
    expect(addon.allocatedBytes() - before).toBeLessThanOrEqual(2 * 256 * 256 * 4);
    x.dispose();
  });

  it('that there is not is an error that names the kernel, after which the program goes on', () => {
    const before = tf.memory().numTensors;
    for (const elements of [2 ** 31, 2 ** 37]) {
      const fill = () => tf.engine().runKernel('Fill', {}, { shape: [elements], value: 0, dtype: 'float32' });
      expect(fill).toThrow(`[@st/backend-wasm] Fill: out of memory, ${4 * elements} bytes were wanted`);
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.tidy(() => tf.add(tf.ones([1]), 1).dataSync()[0])).toBe(2);
  });
});
