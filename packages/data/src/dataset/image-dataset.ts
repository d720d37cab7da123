import type { Dataset, Rng } from '@st/core';
import { checkRng, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkIndex, checkIndices } from './check-index.ts';
import { imageOf } from './image-of.ts';
import type { Pixels } from './plain-pixels.ts';

const WHERE: Where = '[@st/data] batch';
const IMAGE: Where = '[@st/data] image';
const LABEL: Where = '[@st/data] label';

/** A `Dataset` that also gives single images, so that `subset` and `augmented` can wrap it without creating tensors. */
export type ImageDataset = Dataset & {
  /**
   * The image at `index`; with `rng`, changed by the set's augmentation.
   * @returns A view, valid until the next call. Do not write to it.
   */
  image(index: number, rng?: Rng): Pixels;
  /** The class of the image at `index`; `UNLABELED` if it has none. */
  label(index: number): number;
};

/** An `ImageDataset` without `batch`, which `imageDataset` adds. */
export type ImageSource = Omit<ImageDataset, 'batch'>;

const BYTE_TO_UNIT = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** Adds `batch` to a source of images: each image is copied once from its storage (through the augmentation) into one float32 block. */
export function imageDataset(source: ImageSource): ImageDataset {
  const [height, width, channels] = source.imageShape;
  const imageSize = height * width * channels;
  return {
    ...source,
    image: (index, rng) => {
      checkIndex(IMAGE, source, index);
      if (rng !== undefined) checkRng(IMAGE, rng);
      return source.image(index, rng);
    },
    label: (index) => {
      checkIndex(LABEL, source, index);
      return source.label(index);
    },
    batch: (indices, rng) => {
      checkIndices(WHERE, indices);
      if (rng !== undefined) checkRng(WHERE, rng);
      const count = indices.length;
      const images = new Float32Array(count * imageSize);
      const labels = new Int32Array(count);
      for (let i = 0; i < count; i++) {
        const index = indices[i] ?? Number.NaN;
        checkIndex(WHERE, source, index);
        writeUnit(imageOf(WHERE, source, index, rng), images, i * imageSize);
        labels[i] = source.label(index);
      }
      return {
        images: tf.tensor4d(images, [count, height, width, channels], 'float32'),
        labels: tf.tensor1d(labels, 'int32'),
      };
    },
  };
}

/** Writes an image as floats in [0, 1]. */
function writeUnit(pixels: Pixels, target: Float32Array, offset: number): void {
  if (pixels instanceof Float32Array) {
    target.set(pixels, offset);
    return;
  }
  for (let i = 0; i < pixels.length; i++) target[offset + i] = BYTE_TO_UNIT[pixels[i] ?? 0] ?? 0;
}
