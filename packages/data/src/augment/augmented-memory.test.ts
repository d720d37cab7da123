import { runInNewContext } from 'node:vm';
import { createRng, ShapeError } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import type { PixelSource, Pixels } from '../dataset/plain-pixels.ts';
import { digestOfImages } from '../self-training/digest-of-images.ts';
import { semiSupervised } from '../self-training/semi-supervised.ts';
import { unlabeled } from '../self-training/unlabeled.ts';
import { arrayDataset } from '../sets/array-dataset.ts';
import { subset } from '../views/subset.ts';
import type { Augmentation } from './augmentation.ts';
import { augmented } from './augmented.ts';
import { expectAugmentedRight } from './augmented-reference.fixture.ts';
import { autoAugment } from './auto-augment/auto-augment.ts';
import { cutMix } from './cut-mix.ts';
import { cutout } from './cutout.ts';
import { horizontalFlip } from './horizontal-flip.ts';
import { mixUp } from './mix-up.ts';
import { mixed } from './mixed.ts';
import { randomCrop } from './random-crop.ts';

// Augmented batches do not depend on the memory that holds the pixels, and the set is not written to. A Node Buffer's slice() is a view, not a copy.

const SHAPE = [8, 8, 3] as const;
const IMAGES = 6;
const BYTES = Uint8Array.from({ length: IMAGES * 192 }, (_, i) => (i * 7919) % 251);
const INDICES = [3, 0, 5, 0, 1];

/** The bytes in the middle of `buffer`. */
function inside(buffer: ArrayBuffer | SharedArrayBuffer): Uint8Array {
  const view = new Uint8Array(buffer, 8, BYTES.length);
  view.set(BYTES);
  return view;
}

const large = BYTES.length + 64;
const resizable = (): ArrayBuffer => Reflect.construct(ArrayBuffer, [large, { maxByteLength: 2 * large }]);

const memories: Readonly<Record<string, () => PixelSource>> = {
  'a Buffer of its own': () => Buffer.from(BYTES),
  'a Buffer in the pool': () => Buffer.concat([BYTES]),
  'a part of a Buffer': () => Buffer.concat([Buffer.alloc(5), BYTES, Buffer.alloc(5)]).subarray(5, 5 + BYTES.length),
  'a part of a larger array': () => inside(new ArrayBuffer(large)),
  'shared memory': () => inside(new SharedArrayBuffer(large)),
  'a Buffer on shared memory': () => {
    const view = inside(new SharedArrayBuffer(large));
    return Buffer.from(view.buffer, view.byteOffset, view.length);
  },
  'a resizable buffer': () => inside(resizable()),
  'a clamped array': () => Uint8ClampedArray.from(BYTES),
  'an array of another realm': () => runInNewContext('Uint8Array').from(BYTES),
  floats: () => Float32Array.from(BYTES, (byte) => byte / 255),
  'floats in a part of a Buffer': () => {
    const floats = Float32Array.from(BYTES, (byte) => byte / 255);
    const copy = Buffer.alloc(16 + floats.byteLength);
    copy.set(new Uint8Array(floats.buffer), 16);
    return new Float32Array(copy.buffer, copy.byteOffset + 16, floats.length);
  },
  'floats of another realm': () => runInNewContext('Float32Array').from(BYTES, (byte: number) => byte / 255),
};

const setOf = (pixels: PixelSource): ImageDataset =>
  arrayDataset({ name: 'six', pixels, labels: [0, 1, 0, 1, 0, 1], imageShape: SHAPE, classes: 2 });

const augmentations: Readonly<Record<string, readonly Augmentation[]>> = {
  crop: [randomCrop({ padding: 2 })],
  flip: [horizontalFlip()],
  'crop and flip': [randomCrop({ padding: 4 }), horizontalFlip()],
  cutout: [cutout({ size: 4, fill: [0.2, 0.4, 0.6] })],
  autoAugment: [autoAugment()],
  all: [randomCrop({ padding: 2 }), horizontalFlip(), autoAugment(), cutout({ size: 4 })],
};

/** Applies `changes` to the images, each step into new arrays. */
function inFreshArrays(values: Pixels, changes: readonly Augmentation[], seed: number): number[] {
  const rng = createRng(seed);
  const images = INDICES.flatMap((index) => {
    let source: Pixels = values.slice(index * 192, (index + 1) * 192);
    for (const change of changes) {
      const target = values instanceof Float32Array ? new Float32Array(192).fill(0.5) : new Uint8Array(192).fill(99);
      change.apply(source, target, SHAPE, rng);
      source = target;
    }
    return Array.from(source, (value) => (values instanceof Float32Array ? value : Math.fround(value / 255)));
  });
  return images;
}

const imagesOf = (batch: { images: tf.Tensor4D; labels: tf.Tensor1D }): number[] => {
  const values = Array.from(batch.images.dataSync());
  tf.dispose(batch);
  return values;
};

describe.each(Object.keys(memories))('pixels in %s', (name) => {
  const make = (): PixelSource => memories[name]?.() ?? new Uint8Array(0);

  it.each(Object.keys(augmentations))(
    'give the same images under %s as fresh arrays, and are not written to',
    (kind) => {
      const changes = augmentations[kind] ?? [];
      const pixels = make();
      const set = augmented(setOf(pixels), changes);
      const plain = name.startsWith('floats') ? Float32Array.from(pixels) : BYTES;
      for (const seed of [1, 2, 3]) {
        expect(imagesOf(set.batch(INDICES, createRng(seed)))).toEqual(inFreshArrays(plain, changes, seed));
      }
      expect(Array.from(pixels)).toEqual(Array.from(make()));
    },
  );

  it('agree with the reference for crop and flip in every wrapper of a set', () => {
    const set = setOf(make());
    expectAugmentedRight(set);
    expectAugmentedRight(subset(set, [5, 3, 0]));
    expectAugmentedRight(unlabeled(set));
    expectAugmentedRight(augmented(set, []));
  });

  it('give the same batches in mixed and semiSupervised', async () => {
    const pixels = make();
    const set = augmented(setOf(pixels), [randomCrop({ padding: 2 }), horizontalFlip()]);
    const plainSet = augmented(setOf(name.startsWith('floats') ? Float32Array.from(pixels) : BYTES), [
      randomCrop({ padding: 2 }),
      horizontalFlip(),
    ]);
    const wrap = (inner: ImageDataset) => [
      mixed(inner, [mixUp({ alpha: 1 }), cutMix({ alpha: 1, probability: 1 })]),
      semiSupervised(inner, unlabeled(inner)),
    ];
    const drawn = (inner: ImageDataset) => wrap(inner).map((wrapped) => imagesOf(wrapped.batch(INDICES, createRng(4))));
    expect(drawn(set)).toEqual(drawn(plainSet));
    expect(await digestOfImages(set)).toBe(await digestOfImages(plainSet));
    expect(Array.from(pixels)).toEqual(Array.from(make()));
  });
});

describe('augmented', () => {
  it('passes a copy of the stored image to augmentations that write in place', () => {
    const careless: Augmentation = {
      name: 'careless',
      apply: (source, target) => {
        source.reverse();
        target.set(source);
      },
    };
    const pixels = Buffer.from(BYTES);
    const set = augmented(setOf(pixels), [careless]);
    expect(Array.from(set.image(1, createRng(1)))).toEqual(Array.from(BYTES.slice(192, 384)).reverse());
    expect(Array.from(pixels)).toEqual(Array.from(BYTES));
  });

  it("accepts a user's set whose images are views of a Buffer, and rejects one whose images are too short", () => {
    const buffer = Buffer.from(BYTES);
    const own: ImageDataset = {
      ...setOf(BYTES),
      image: (index) => buffer.subarray(index * 192, (index + 1) * 192),
    };
    expectAugmentedRight(own);
    const short: ImageDataset = { ...own, image: () => buffer.subarray(0, 7) };
    const attempt = () => augmented(short, [horizontalFlip()]).image(0, createRng(1));
    expect(attempt).toThrow(ShapeError);
    expect(attempt).toThrow(
      "[@st/data] augmented: an image of 'six' must be a Uint8Array or Float32Array of 192 values, [8, 8, 3], got 7 values.",
    );
    expect(() => subset(short, [0]).batch([0])).toThrow("[@st/data] batch: an image of 'six' must be a Uint8Array");
  });

  it('rejects images whose memory was transferred or shrunk, rather than read them as black', () => {
    const buffer = resizable();
    const set = augmented(setOf(inside(buffer)), [horizontalFlip()]);
    expect(set.image(0, createRng(1))).toHaveLength(192);
    Reflect.apply(Reflect.get(buffer, 'resize'), buffer, [64]);
    const message = "arrayDataset: the pixels of 'six' must stay in memory while the set is used, but their buffer was";
    expect(() => set.image(0, createRng(1))).toThrow(message);
    expect(() => set.batch([0])).toThrow(message);
    const moved = Uint8Array.from(BYTES);
    const other = setOf(moved);
    structuredClone(moved.buffer, { transfer: [moved.buffer] });
    expect(() => other.batch([0])).toThrow(message);
  });

  it('copies the labels', () => {
    const labels = Int32Array.of(0, 1, 0, 1, 0, 1);
    const set = arrayDataset({ name: 'six', pixels: BYTES, labels, imageShape: SHAPE, classes: 2 });
    structuredClone(labels.buffer, { transfer: [labels.buffer] });
    expect([0, 1, 5].map((i) => set.label(i))).toEqual([0, 1, 1]);
  });

  it.each([
    [Float64Array.from([0.5]), 'a Float64Array of 1 values'],
    [Int32Array.from([1]), 'a Int32Array of 1 values'],
    [new DataView(new ArrayBuffer(4)), 'an object with keys {}'],
    [new ArrayBuffer(4), 'an object with keys {}'],
    [[0, 1, 2], '[0, 1, 2]'],
    ['0', "'0'"],
    [null, 'null'],
  ])('rejects pixels in %s with the line to write', (pixels, described) => {
    expect(() => setOf(pixels as never)).toThrow(
      `pixels must be a Uint8Array (0 to 255) or a Float32Array (0 to 1), got ${described}. For other numbers pass Uint8Array.from(pixels) if they are bytes, Float32Array.from(pixels) if they lie in [0, 1].`,
    );
  });
});
