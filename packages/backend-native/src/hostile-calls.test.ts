import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Addon } from './addon.ts';
import { loadedAddon } from './native-available.ts';

const { addon, path } = loadedAddon() as { addon: Addon; path: string };
const call = (name: keyof Addon, ...args: unknown[]) => (addon[name] as (...args: unknown[]) => unknown)(...args);
const floats = (length: number) => new Float32Array(length);
const bytes = (length: number) => new Uint8Array(length);
const ints = (...values: number[]) => Int32Array.of(...values);
const CONV = [1, 4, 4, 3, 4, 4, 5, 3, 3, 1, 1, 1, 1, 1, 1];
const POOL = [1, 4, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 0, 0];
const NO_POST_OPS = [undefined, undefined, undefined, undefined];

describe('hostile calls', () => {
  it('of every function (4 000 of them) crash no process and write nothing outside their outputs', () => {
    const script = fileURLToPath(new URL('../scripts/check-hostile-calls.mjs', import.meta.url));
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [script, '--calls', '4000', '--seed', '1', '--module', path],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('4000 hostile calls from seed 1: no call crashed the process');
  });

  it.each<[string, keyof Addon, readonly unknown[]]>([
    ['an empty batch', 'convFilterLayout', [0, 0, ints(...CONV.with(0, 0))]],
    ['images of no height', 'convFilterLayout', [0, 0, ints(...CONV.with(1, 0))]],
    ['the least integer', 'convFilterLayout', [0, 0, ints(...CONV.with(3, -(2 ** 31)))]],
    ['no channels', 'convForward', [0, 0, ints(...CONV.with(3, 0)), floats(1), floats(1), ...NO_POST_OPS, floats(1)]],
    ['a filter of no height', 'convFilterGradient', [0, ints(...CONV.with(7, 0)), floats(1), floats(1), floats(1)]],
    [
      'a filter whose taps overflow 32 bits',
      'convFilterLayout',
      [0, 2, ints(1, 1, 1, 1, 1, 1, 1, 2 ** 20, 2 ** 12, 1, 1, 1, 1, 2 ** 19, 5)],
    ],
    ['no channels', 'depthwiseForward', [0, ints(...CONV.with(3, 0)), floats(1), floats(1), undefined, floats(1)]],
    [
      'negative channels',
      'depthwiseForward',
      [0, ints(...CONV.with(3, -1)), floats(1), floats(1), undefined, floats(1)],
    ],
    ['images of no height', 'pool', [1, ints(...POOL.with(1, 0)), floats(1), floats(1)]],
    ['no channels', 'averagePoolGradient', [ints(...POOL.with(3, 0)), floats(1), floats(1)]],
    ['an empty batch', 'matmul', [0, ints(0, 1, 1, 1, 0, 0, 0, 0), floats(1), floats(1), undefined, floats(1)]],
    [
      'sides that overflow',
      'matmul',
      [0, ints(1, 2 ** 31 - 1, 1, 1, 0, 0, 0, 0), floats(1), floats(1), undefined, floats(1)],
    ],
    ['a repeat of 0', 'select', [4, 0, bytes(4), floats(4), floats(4), floats(4)]],
    ['a repeat that is no number', 'select', [4, Number.NaN, bytes(4), floats(4), floats(4), floats(4)]],
    ['no repeat', 'select', [4]],
    [
      'a layout whose elements overflow 64 bits',
      'binary',
      [0, ints(3, ...new Array(9).fill(2 ** 31 - 1)), floats(1), floats(1), floats(1)],
    ],
    [
      'a copy whose elements overflow 64 bits',
      'stridedCopy',
      [ints(3, 0, 0, ...new Array(9).fill(2 ** 31 - 1)), 4, floats(1), floats(1)],
    ],
    ['a layout far longer than any', 'binary', [0, new Int32Array(100_000), floats(1), floats(1), floats(1)]],
    ['a count of 2^53', 'unary', [0, 2 ** 53, 0, 0, floats(1), floats(1)]],
    ['more bytes than there are', 'allocate', [2 ** 41]],
    ['a big integer', 'unary', [0n, 1, 0, 0, floats(1), floats(1)]],
  ])('with %s are rejected (%s)', (_, name, args) => {
    expect(() => call(name, ...args)).toThrow(RangeError);
    expect(() => call(name, ...args)).toThrow(`[@st/backend-native] ${name}: `);
  });

  it('with elements of another size than the type says are rejected', () => {
    const Other = (globalThis as { Float16Array?: new (length: number) => Uint16Array }).Float16Array ?? BigInt64Array;
    for (const other of [new Other(8), new Float64Array(8), new BigUint64Array(8)]) {
      const { BYTES_PER_ELEMENT: size } = other;
      expect(() => call('unary', 0, 4, 0, 0, other, floats(8))).toThrow(/argument 4 \(x\) has the wrong element type/);
      expect(() => call('fill', 4, 4, floats(1), other)).toThrow(/argument 3 \(to\) has the wrong element type/);
      if (size === 2) expect(() => call('stridedCopy', ints(1, 0, 0, 4, 1, 1), 8, other, other)).toThrow(RangeError);
    }
  });

  it('with empty arrays are accepted', () => {
    addon.gather(2 ** 31 - 1, 3, 0, 4, ints(0, 1, 2), floats(0), floats(0));
    addon.softmax(0, 4, 0, floats(0), floats(0));
    addon.binary(0, ints(3, 0, 2 ** 31 - 1, 2 ** 31 - 1, ...new Array(6).fill(1)), floats(0), floats(0), floats(0));
    const y = floats(1);
    addon.reduce(0, 1, 0, 1, 1, floats(0), y);
    addon.synchronize();
    expect(y[0]).toBe(0);
  });

  it('for more memory than there is throw an error that names the kernel and the bytes', () => {
    const before = tf.memory().numTensors;
    const attempt = () => tf.engine().runKernel('Fill', {}, { shape: [2 ** 37], value: 0, dtype: 'float32' });
    expect(() => addon.allocate(2 ** 40)).toThrow('[@st/backend-native] allocate: out of memory, 1099511627776 bytes');
    expect(attempt).toThrow('[@st/backend-native] Fill: out of memory, 549755813888 bytes were wanted');
    expect(tf.memory().numTensors).toBe(before);
    const [one] = tf.tidy(() => tf.add(tf.ones([1]), 0).dataSync());
    expect(one).toBe(1);
  });
});
