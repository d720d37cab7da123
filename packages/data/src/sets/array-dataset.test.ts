import { createRng } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { subset, take } from '../views/subset.ts';
import { type ArrayDatasetOptions, arrayDataset } from './array-dataset.ts';

const options: ArrayDatasetOptions = {
  name: 'three',
  pixels: Uint8Array.from([0, 51, 102, 255, 10, 20]),
  labels: [2, 0, 1],
  imageShape: [1, 2, 1],
  classes: 3,
};

const build =
  (changes: object): (() => unknown) =>
  () =>
    arrayDataset({ ...options, ...changes });

describe('arrayDataset', () => {
  it('returns the examples at the indices in order, as float32 in [0, 1] and int32', () => {
    const batch = arrayDataset(options).batch([2, 0]);
    expect([batch.images.shape, batch.images.dtype, batch.labels.dtype]).toEqual([[2, 1, 2, 1], 'float32', 'int32']);
    expectClose(batch.images, [10 / 255, 20 / 255, 0, 0.2]);
    expectClose(batch.labels, [1, 2]);
    tf.dispose(batch);
  });

  it('does not change float pixels', () => {
    const pixels = Float32Array.from([0, 0.25, 0.5, 1, 0.125, 0.75]);
    const batch = arrayDataset({ ...options, pixels }).batch([1, 2]);
    expectClose(batch.images, [0.5, 1, 0.125, 0.75]);
    tf.dispose(batch);
  });

  it('creates two tensors a batch, images and labels', () => {
    const set = arrayDataset(options);
    expect(countTensors(() => tf.dispose(set.batch([0, 1], createRng(1))))).toBe(0);
  });

  it('rejects options of another type or range, and options that do not fit together', () => {
    expect(build({ classes: 1 })).toThrow('[@st/data] arrayDataset: classes must be an integer >= 2, got 1.');
    expect(build({ name: 7 })).toThrow('[@st/data] arrayDataset: name must be a text, got 7.');
    expect(build({ classNames: ['a'] })).toThrow(
      '[@st/data] arrayDataset: classNames must hold one name for each of the 3 classes, got 1.',
    );
    expect(build({ labels: [0, 1] })).toThrow(
      '[@st/data] arrayDataset: 2 labels of images [1,2,1] need 4 pixel values, got 6 (3 images).',
    );
    expect(build({ labels: [0, 3, 1] })).toThrow(
      '[@st/data] arrayDataset: labels must be integers in [0, 3), got 3 at index 1.',
    );
    expect(build({ imageShape: [1, 2] })).toThrow(
      '[@st/data] arrayDataset: imageShape must be [height, width, channels], three positive integers, got [1, 2].',
    );
    expect(build({ pixels: [0, 1, 2, 3, 4, 5] })).toThrow(
      '[@st/data] arrayDataset: pixels must be a Uint8Array (0 to 255) or a Float32Array (0 to 1), got [0, 1, 2, 3, …] (6 items).',
    );
    expect(build({ pixels: Float32Array.from([0, 0, 0, 2, 0, 0]) })).toThrow(
      '[@st/data] arrayDataset: float pixels must be in [0, 1], got 2 in image 1.',
    );
    expect(build({ pixels: Float32Array.from([0, 0, 0, 0, Number.NaN, 0]) })).toThrow('got NaN in image 2.');
    expect(build({ imageshape: [1, 2, 1] })).toThrow("unknown option 'imageshape'; did you mean 'imageShape'?");
  });

  it('rejects an index beyond the set', () => {
    expect(() => arrayDataset(options).batch([0, 3])).toThrow(
      "[@st/data] batch: index must be an integer in [0, 2], got 3. 'three' holds 3 examples, counted from 0.",
    );
  });
});

describe('subset and take', () => {
  it('return the chosen examples in the order given, including repeats', () => {
    const chosen = subset(arrayDataset(options), [2, 2, 0], { name: 'chosen' });
    expect([chosen.name, chosen.size]).toEqual(['chosen', 3]);
    const batch = chosen.batch([0, 1, 2]);
    expectClose(batch.labels, [1, 1, 2]);
    expectClose(batch.images, [10 / 255, 20 / 255, 10 / 255, 20 / 255, 0, 0.2]);
    tf.dispose(batch);
    const first = take(chosen, 1);
    expect([first.name, first.size, first.label(0)]).toEqual(['chosen', 1, 1]);
  });

  it('reject indices and counts beyond the set, and a name that is no text', () => {
    const set = arrayDataset(options);
    expect(() => subset(set, [0, -1])).toThrow('[@st/data] subset: index must be an integer in [0, 2], got -1.');
    expect(() => subset(set, [0], { name: 7 as never })).toThrow('[@st/data] subset: name must be a text, got 7.');
    expect(() => take(set, 4)).toThrow(
      "[@st/data] take: count must be an integer in [0, 3], got 4. 'three' holds 3 examples.",
    );
    expect(() => take(set, 1).batch([1])).toThrow('[@st/data] batch: index must be an integer in [0, 0], got 1.');
  });
});
