import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getThreads, setThreads } from './set-threads.ts';

/** Large sizes, for which kernels are still running at the next line of JavaScript, and one small enough for a slab. */
const SIZES = [2_000_000, 100_000, 40];

/** Keeps the kernels busy for some milliseconds. */
const busy = (): tf.Tensor => tf.tidy(() => tf.matMul<tf.Tensor2D>(tf.fill([700, 700], 1), tf.fill([700, 700], 1)));

const transfer = (array: Float32Array): void => {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
};
const resizable = (length: number): { readonly array: Float32Array; readonly buffer: ArrayBuffer } => {
  const Resizable = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => ArrayBuffer;
  const buffer = new Resizable(length * 4, { maxByteLength: length * 4 });
  return { array: new Float32Array(buffer).fill(3), buffer };
};
const shrink = (buffer: ArrayBuffer): void => (buffer as unknown as { resize(bytes: number): void }).resize(0);

describe.each([1, 2])('with %i threads', (threads) => {
  let before: number;
  let tensors: number;
  beforeEach(() => {
    before = getThreads();
    setThreads(threads);
    tensors = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.memory().numTensors, 'tensors left').toBe(tensors);
    setThreads(before);
  });

  it.each(SIZES)('kernels read the values that an array of %i had when its tensor was created', (length) => {
    const written = new Float32Array(length).fill(3);
    const given = new Float32Array(length).fill(3);
    const gone = new Float32Array(length).fill(3);
    const shrunk = resizable(length);
    const shared = new Float32Array(new SharedArrayBuffer(length * 4)).fill(3);
    const work = busy();
    const inputs = [written, given, gone, shrunk.array, shared].map((array) => tf.tensor1d(array));
    transfer(gone); // before any kernel is called
    const outputs = inputs.map((x) => tf.square(x));
    inputs[1]?.dispose();
    written.fill(-1);
    transfer(given); // while kernels are queued, after the tensor was disposed
    shrink(shrunk.buffer);
    shared.fill(-1);
    for (const y of outputs) expect(new Set(y.dataSync())).toEqual(new Set([9]));
    for (const x of [inputs[0], ...inputs.slice(2)]) expect(x?.dataSync()[length - 1]).toBe(3);
    tf.dispose([work, ...inputs, ...outputs]);
  });

  it('later tensors do not use the memory of an array that was transferred', () => {
    const work = busy();
    const results = Array.from({ length: 20 }, (_, i) => {
      const array = new Float32Array(30_000).fill(i);
      const y = tf.tidy(() => tf.add(tf.tensor1d(array), 1));
      transfer(array);
      return y;
    });
    results.forEach((y, i) => {
      expect(new Set(y.dataSync())).toEqual(new Set([i + 1]));
    });
    tf.dispose([work, ...results]);
  });

  it('JavaScript does not write to memory that kernels of an earlier tensor still read', () => {
    const outputs: tf.Tensor[] = [];
    for (let i = 0; i < 30; i++) {
      const work = busy();
      const x = tf.tensor1d(new Float32Array(50_000).fill(i));
      outputs.push(tf.tidy(() => tf.add(x, tf.mul(tf.slice(tf.reshape(work, [-1]), [0], [1]), 1))));
      tf.dispose([x, work]);
    }
    outputs.forEach((y, i) => {
      expect(new Set(y.dataSync())).toEqual(new Set([700 + i]));
    });
    tf.dispose(outputs);
  });
});

/** Tensors created in every possible way, each of about 100 KB and of a few bytes. */
const MAKERS: readonly [string, (length: number) => tf.Tensor][] = [
  ['tf.ones', (length) => tf.ones([length])],
  ['tf.zeros', (length) => tf.zeros([length])],
  ['tf.fill', (length) => tf.fill([length], 2)],
  ['tf.range', (length) => tf.range(0, length)],
  ['tf.eye', (length) => tf.eye(length > 1000 ? 200 : 3)],
  ['tf.oneHot', (length) => tf.oneHot(tf.zeros([length], 'int32'), 2)],
  ['tf.randomNormal', (length) => tf.randomNormal([length], 0, 1, 'float32', 1)],
  ['tf.randomUniform', (length) => tf.randomUniform([length], 0, 9, 'int32', 1)],
  ['tf.truncatedNormal', (length) => tf.truncatedNormal([length], 0, 1, 'float32', 1)],
  ['a plain array', (length) => tf.tensor1d(new Array<number>(length).fill(1))],
  ['booleans', (length) => tf.tensor1d(new Array<boolean>(length).fill(true), 'bool')],
  ['integers', (length) => tf.tensor1d(new Array<number>(length).fill(1), 'int32')],
  ['a Float32Array', (length) => tf.tensor1d(new Float32Array(length).fill(1))],
  ['an Int32Array', (length) => tf.tensor1d(new Int32Array(length).fill(1))],
  ['a Uint8Array of booleans', (length) => tf.tensor1d(new Uint8Array(length).fill(1), 'bool')],
  ['a Node Buffer of booleans', (length) => tf.tensor1d(Buffer.alloc(length, 1), 'bool')],
  ['a Node Buffer of integers', (length) => tf.tensor1d(Buffer.alloc(length, 1), 'int32')],
  ['a tensor buffer', (length) => tf.buffer([length], 'float32').toTensor()],
  ['a kernel of this back end', (length) => tf.add(tf.ones([length]), 1)],
  ['a kernel of cpu', (length) => tf.cumsum(tf.ones([length]))],
  ['a clone', (length) => tf.clone(tf.ones([length]))],
  ['a part', (length) => tf.slice(tf.ones([length + 1]), [1], [length])],
  ['a cast', (length) => tf.cast(tf.ones([length], 'bool'), 'int32')],
];

describe('values read from a tensor', () => {
  it.each(MAKERS)('made by %s are a new copy each time', async (_, make) => {
    for (const length of [5, 25_000]) {
      const x = tf.tidy(() => make(length));
      const wanted = Array.from(x.dataSync());
      const reads = [
        x.dataSync(),
        await x.data(),
        x.dataSync(),
        x.bufferSync().values,
        (await x.buffer()).values,
        (tf.backend() as unknown as { bufferSync(info: tf.Tensor): tf.TensorBuffer<tf.Rank> }).bufferSync(x).values,
      ];
      for (const read of reads) (read as Float32Array).fill(7);
      structuredClone(reads[0], { transfer: [(reads[0] as Float32Array).buffer as ArrayBuffer] });
      expect(Array.from(x.dataSync())).toEqual(wanted);
      const changed = tf.cast(tf.add(tf.cast(x, 'float32'), 0), x.dtype);
      expect(Array.from(changed.dataSync())).toEqual(wanted);
      tf.dispose([x, changed]);
    }
  });

  it('are a plain typed array, also if the tensor was made from a Node Buffer', () => {
    const x = tf.tensor1d(Buffer.from([1, 0, 1, 1]), 'bool');
    expect(Object.getPrototypeOf(x.dataSync())).toBe(Uint8Array.prototype);
    x.dispose();
  });

  it('are copies for complex numbers and strings, too', async () => {
    const z = tf.tidy(() => tf.complex(tf.ones([3]), tf.zeros([3])));
    (z.dataSync() as unknown as Float32Array).fill(7);
    expect(Array.from(z.dataSync() as unknown as Float32Array)).toEqual([1, 0, 1, 0, 1, 0]);
    const words = tf.tensor(['ab', 'cd']);
    for (const word of (await words.bytes()) as Uint8Array[]) word.fill(120);
    expect(words.dataSync()).toEqual(['ab', 'cd']);
    tf.dispose([z, words]);
  });

  it('are not the weights of a model themselves', () => {
    const model = sequential({ layers: [layers.dense({ inputShape: [200], units: 200 })] });
    const predicted = () => tf.tidy(() => (model.predict(tf.ones([1, 200])) as tf.Tensor).dataSync()[0]);
    const before = predicted();
    model.getWeights()[0]?.dataSync().fill(0);
    expect(predicted()).toBe(before);
    model.dispose();
  });
});

describe('values that a tensor is made from', () => {
  it.each([
    ['a Float32Array', new Float32Array(50_000), 'float32'],
    ['an Int32Array', new Int32Array(50_000), 'int32'],
    ['a Node Buffer', Buffer.alloc(50_000), 'bool'],
    ['a small Node Buffer', Buffer.alloc(50), 'bool'],
  ] as const)('%s can be changed afterwards', (_, array, dtype) => {
    array.fill(1);
    const x = tf.tensor1d(array, dtype);
    array.fill(0);
    expect(new Set(x.dataSync())).toEqual(new Set([1]));
    x.dispose();
  });

  it('are copied for strings given as bytes', () => {
    const bytes = new Uint8Array([97, 98]);
    const x = tf.tensor1d([bytes] as unknown as string[], 'string');
    bytes.fill(120);
    expect(x.dataSync()).toEqual(['ab']);
    x.dispose();
  });
});
