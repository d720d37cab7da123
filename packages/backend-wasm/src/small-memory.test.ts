import { registerEngine } from '@st/backend-native/kit';
import { testBackend } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { nodePlatform } from './node-platform.ts';
import { startEngine, type WasmEngine } from './start-engine.ts';

const BACKEND = 'st-small';
const MEBIBYTE = 2 ** 20;
const FLOATS_PER_MEBIBYTE = MEBIBYTE / 4;
/** The most that the system gives in this file, as small devices do. */
const MOST = 512 * MEBIBYTE;

let engine: WasmEngine;

beforeAll(async () => {
  const { Memory } = WebAssembly;
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      if ((descriptor.maximum ?? 0) * 65_536 > MOST) throw new RangeError('there are not so many addresses');
      super(descriptor);
    }
  };
  try {
    engine = await startEngine(nodePlatform, 2);
  } finally {
    WebAssembly.Memory = Memory;
  }
  registerEngine(BACKEND, 0, () => engine);
  await tf.setBackend(BACKEND);
});

afterAll(() => tf.setBackend(testBackend()));

/** A tensor of so many MiB. */
const filled = (mebibytes: number): tf.Tensor => tf.fill([mebibytes, FLOATS_PER_MEBIBYTE], 1);

describe('where the system has addresses for 512 MiB', () => {
  it('the memory grows up to these', () => {
    expect(engine.memory.mostBytes).toBe(MOST);
    const tensor = filled(200);
    expect(engine.memory.bytes).toBeGreaterThan(200 * MEBIBYTE);
    expect(engine.memory.bytes).toBeLessThanOrEqual(MOST);
    tensor.dispose();
  });

  it('a large tensor takes the place of small ones that are gone', () => {
    for (const size of [8, 300, 8, 300]) {
      const tensors = Array.from({ length: Math.floor(360 / size) }, () => filled(size));
      expect(tf.tidy(() => tf.sum(tensors[0] as tf.Tensor).dataSync()[0])).toBe(size * FLOATS_PER_MEBIBYTE);
      tf.dispose(tensors);
    }
  });

  it('too large a computation is an error that says what to do, after which the program goes on', () => {
    const before = tf.memory().numTensors;
    const grow = () =>
      tf.tidy(() => {
        const images = tf.ones<tf.Rank.R4>([16, 64, 64, 4]);
        const filters = tf.ones<tf.Rank.R4>([3, 3, 4, 64]);
        const results = Array.from({ length: 40 }, () => tf.conv2d(images, filters, 1, 'same'));
        return tf.addN(results).dataSync()[0];
      });
    const remedy = "WebAssembly's memory holds at most 512 MiB here: take a smaller batch or network";
    for (let i = 0; i < 2; i++) {
      expect(grow).toThrow(expect.objectContaining({ code: 'ERR_MEMORY_ALLOCATION_FAILED' }));
      expect(grow).toThrow(remedy);
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.tidy(() => tf.add(tf.ones([1]), 1).dataSync()[0])).toBe(2);
  });
});
