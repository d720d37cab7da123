import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import './expect-as-on-cpu.fixture.ts'; // silences the advice that `cpu` logs on first use
import { NativeBackend } from './native-backend.ts';
import { releaseMemory } from './release-memory.ts';

/** Larger than the blocks that the pool leaves to JavaScript. */
const SIZE = 4096;

function native(): NativeBackend {
  const backend = tf.backend();
  if (!(backend instanceof NativeBackend)) throw new Error(`the native back end is not active: ${tf.getBackend()}`);
  return backend;
}

describe('NativeBackend', () => {
  let tensors = 0;
  beforeEach(() => {
    tensors = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.memory().numTensors, 'tensors left').toBe(tensors);
  });

  it('reads values into memory of the caller, which later kernels do not use', () => {
    const x = tf.fill([SIZE], 3);
    const values = x.dataSync();
    x.dispose();
    const others = [7, 8, 9].map((value) => tf.fill([SIZE], value));
    expect(values.every((value) => value === 3)).toBe(true);
    tf.dispose(others);
  });

  it('returns copies: writing to them does not change the tensor', async () => {
    const x = tf.tidy(() => tf.square(tf.fill([SIZE], 2)));
    (await x.data())[0] = 99;
    x.dataSync()[1] = 99;
    expect(Array.from(x.dataSync().slice(0, 2))).toEqual([4, 4]);
    x.dispose();
  });

  it.each([
    ['clone', (x: tf.Tensor) => tf.clone(x)],
    ['reshape', (x: tf.Tensor) => tf.reshape(x, [2, SIZE / 2])],
    ['slice', (x: tf.Tensor) => tf.slice(x, [0], [SIZE - 1])],
    ['cast', (x: tf.Tensor) => tf.cast(x, 'float32')],
    ['complex', (x: tf.Tensor) => tf.real(tf.complex(x, x))],
    ['expandDims', (x: tf.Tensor) => tf.expandDims(x)],
    ['a slice by an inherited kernel', (x: tf.Tensor) => tf.stridedSlice(x, [0], [SIZE - 1], [1])],
  ])('keeps the memory that %s shares with a tensor after that one is disposed', (_, share) => {
    const kept = tf.tidy(() => share(tf.add(tf.zeros([SIZE]), 5)));
    const others = tf.tidy(() => [1, 2, 3].map((value) => tf.fill([SIZE], value)));
    expect(kept.dataSync().every((value) => value === 5)).toBe(true);
    tf.dispose([kept, ...others]);
  });

  it('reports its memory exactly', () => {
    releaseMemory(); // a free block of an earlier test may be larger than the tensor
    const before = native().pool.statistics();
    const x = tf.fill([1024, 1024], 1);
    const { unreliable } = tf.memory();
    expect(unreliable).toBe(false);
    expect(native().pool.statistics().used - before.used).toBe(4 * 2 ** 20);
    x.dispose();
    expect(native().pool.statistics().used).toBe(before.used);
  });

  it('reuses one block for the tensors of a thousand steps', () => {
    const x = tf.ones([256, 256]);
    const before = native().addon.allocatedBytes();
    for (let i = 0; i < 1000; i++) tf.tidy(() => void tf.relu(tf.mul(x, i)));
    expect(native().addon.allocatedBytes() - before).toBeLessThanOrEqual(4 * 256 * 256 * 4);
    x.dispose();
  });

  it('moves tensors from another back end and back', async () => {
    const x = tf.range(0, SIZE, 1, 'float32');
    const name = tf.getBackend();
    await tf.setBackend('cpu');
    const onCpu = tf.add(x, 1);
    await tf.setBackend(name);
    const back = tf.sub(onCpu, x);
    expect(back.dataSync().every((value) => value === 1)).toBe(true);
    tf.dispose([x, onCpu, back]);
  });

  it('computes with integers and booleans that `cpu` stores under dtype float32', () => {
    const result = tf.tidy(() => {
      const flags = tf.greater(tf.range(0, SIZE, 1, 'float32'), 9);
      const integers = tf.cast(flags, 'int32'); // inherited: shares the booleans' bytes
      return tf.sum(tf.mul(tf.cast(integers, 'float32'), tf.cast(flags, 'float32')));
    });
    expect(result.dataSync()[0]).toBe(SIZE - 10);
    result.dispose();
  });

  it('handles strings and empty tensors as `cpu` does', () => {
    const words = tf.tensor(['a', 'b']);
    const empty = tf.tidy(() => tf.add(tf.zeros([0, 3]), 1));
    expect(words.dataSync()).toEqual(['a', 'b']);
    expect(empty.shape).toEqual([0, 3]);
    expect(empty.dataSync()).toHaveLength(0);
    tf.dispose([words, empty]);
  });
});
