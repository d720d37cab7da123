import { type Dataset, type JsonObject, sha256 } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

/** Images kept for the checks that look at pairs: enough to see a radius that cannot be meant. */
const KEPT = 100;

/** How many images are read at a time; the digest does not depend on it. */
const CHUNK = 256;

/** What the evaluated examples are, read once before anything else. */
export type ExaminedData = {
  /** SHA-256 over the values of the images and their labels, in order. */
  readonly digest: string;
  readonly labels: Int32Array;
  /** The first images, read back. */
  readonly sample: readonly Float32Array[];
  /** Examples with a pixel outside [0, 1], and the smallest and largest value met; NaN counts as outside. */
  readonly outside: JsonObject & { readonly examples: number; readonly lowest: number; readonly highest: number };
};

/** Reads the examples at `indices`: their digest, their labels, and whether their pixels lie in [0, 1]. */
export async function examineData(dataset: Dataset, indices: Int32Array, signal?: AbortSignal): Promise<ExaminedData> {
  const hashes: string[] = [];
  const labels = new Int32Array(indices.length);
  const sample: Float32Array[] = [];
  const range = { examples: 0, lowest: Number.POSITIVE_INFINITY, highest: Number.NEGATIVE_INFINITY };
  for (let start = 0; start < indices.length; start += CHUNK) {
    signal?.throwIfAborted();
    const batch = dataset.batch(indices.subarray(start, start + CHUNK));
    const [pixels, classes] = await Promise.all([batch.images.data<'float32'>(), batch.labels.data<'int32'>()]);
    tf.dispose(batch);
    labels.set(classes, start);
    const size = pixels.length / classes.length;
    for (const [i, label] of classes.entries()) {
      const image = pixels.slice(i * size, (i + 1) * size);
      hashes.push(`${await sha256(new Uint8Array(image.buffer))} ${label}`);
      if (sample.length < KEPT) sample.push(image);
      widen(range, image);
    }
  }
  return { digest: await sha256(hashes.join('\n')), labels, sample, outside: range };
}

function widen(range: { examples: number; lowest: number; highest: number }, image: Float32Array): void {
  let isOutside = false;
  for (const value of image) {
    if (value < range.lowest) range.lowest = value;
    if (value > range.highest) range.highest = value;
    isOutside ||= !(value >= 0 && value <= 1);
  }
  if (isOutside) range.examples++;
}
