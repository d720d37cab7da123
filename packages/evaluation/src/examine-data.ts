import { type Dataset, InvalidArgumentError, UNLABELED } from '@st/core';
import { sha256, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { ROUNDING } from './checked-dataset.ts';
import { digestOfExample, digestOfExamples } from './digest-of-examples.ts';

/** Images kept for the checks that compare pairs: enough to detect an implausibly large radius. */
const KEPT = 100;

/** Images read at a time; the digest does not depend on it. */
const CHUNK = 256;

/** Images read a second time. A data set that flips each with probability 1/2 gives the same ones again in 1 of 65 536 evaluations. */
const READ_AGAIN = 16;

/** Properties of the evaluated examples, which are read once before anything else. */
export type ExaminedData = {
  /** SHA-256 over the pixel values and the labels, in order. */
  readonly digest: string;
  readonly labels: Int32Array;
  /** For each example, whether its image lies in [0, 1] up to rounding. */
  readonly inside: readonly boolean[];
  /** Pixels and labels of the first images that do. */
  readonly sample: readonly { readonly image: Float32Array; readonly label: number }[];
  readonly range: PixelRange;
  /** The indices of two identical images with different labels; null if there are none. */
  readonly contradiction: Contradiction | null;
};

/** The range of the pixel values, with counts of images. */
export type PixelRange = {
  /** Images with a pixel outside [0, 1] by more than rounding, or NaN. */
  readonly outside: number;
  /** Images that are outside [0, 1], but only by rounding. */
  readonly rounded: number;
  /** Images that hold NaN. */
  readonly notANumber: number;
  /** Ignores NaN. */
  readonly lowest: number;
  readonly highest: number;
};

type Contradiction = { readonly indices: readonly number[]; readonly labels: readonly number[] };

/**
 * Reads the examples at `indices`: digest, labels, and whether the pixels lie in [0, 1].
 * @throws {InvalidArgumentError} for a label outside [0, classes), and for a data set that returns another image when read again.
 */
export async function examineData(
  where: Where,
  dataset: Dataset,
  indices: Int32Array,
  signal?: AbortSignal,
): Promise<ExaminedData> {
  const hashes: string[] = [];
  const labels = new Int32Array(indices.length);
  const inside: boolean[] = [];
  const sample: { image: Float32Array; label: number }[] = [];
  const range = { outside: 0, rounded: 0, notANumber: 0, lowest: Infinity, highest: -Infinity };
  for (let start = 0; start < indices.length; start += CHUNK) {
    signal?.throwIfAborted();
    const batch = dataset.batch(indices.subarray(start, start + CHUNK));
    const [pixels, classes] = await Promise.all([batch.images.data<'float32'>(), batch.labels.data<'int32'>()]);
    tf.dispose([batch.images, batch.labels]);
    labels.set(classes, start);
    const size = pixels.length / classes.length;
    for (const [i, label] of classes.entries()) {
      checkLabel(where, dataset, label, indices[start + i] ?? -1);
      const image = pixels.slice(i * size, (i + 1) * size);
      hashes.push(await sha256(new Uint8Array(image.buffer)));
      const isInside = widen(range, image);
      inside.push(isInside);
      if (isInside && sample.length < KEPT) sample.push({ image, label });
    }
  }
  await checkSameAgain(where, dataset, indices.subarray(0, READ_AGAIN), hashes);
  const digest = await digestOfExamples(hashes.map((hash, i) => digestOfExample(hash, labels[i] ?? -1)));
  return { digest, labels, inside, sample, range, contradiction: contradictionIn(hashes, labels, indices) };
}

async function checkSameAgain(
  where: Where,
  dataset: Dataset,
  indices: Int32Array,
  hashes: readonly string[],
): Promise<void> {
  const batch = dataset.batch(indices);
  const pixels = await batch.images.data<'float32'>();
  tf.dispose([batch.images, batch.labels]);
  const size = pixels.length / indices.length;
  for (const [i, index] of indices.entries()) {
    const image = pixels.slice(i * size, (i + 1) * size);
    if ((await sha256(new Uint8Array(image.buffer))) === hashes[i]) continue;
    throw new InvalidArgumentError(
      `${where}: the data set must return the same image for an index every time, got a different one for example ${index} of '${dataset.name}'. Evaluate without augmentation.`,
      { argument: 'dataset', received: dataset.name },
    );
  }
}

function checkLabel(where: Where, { name, classes }: Dataset, label: number, index: number): void {
  if (label >= 0 && label < classes) return;
  const hint =
    label === UNLABELED
      ? 'This value marks an unlabeled image: evaluate on labeled images.'
      : 'Classes are counted from 0.';
  throw new InvalidArgumentError(
    `${where}: labels must be in [0, ${classes}), got ${label} for example ${index} of '${name}'. ${hint}`,
    { argument: 'dataset', received: label },
  );
}

/** Extends the range by an image's values. Returns whether the image lies in [0, 1] up to rounding. */
function widen(range: { -readonly [key in keyof PixelRange]: number }, image: Float32Array): boolean {
  let farthest = 0;
  let isNumber = true;
  for (const value of image) {
    if (Number.isNaN(value)) isNumber = false;
    if (value < range.lowest) range.lowest = value;
    if (value > range.highest) range.highest = value;
    farthest = Math.max(farthest, -value, value - 1);
  }
  if (!isNumber) range.notANumber++;
  const isInside = isNumber && farthest <= ROUNDING;
  if (!isInside) range.outside++;
  else if (farthest > 0) range.rounded++;
  return isInside;
}

/** The first two identical images whose labels differ. */
function contradictionIn(hashes: readonly string[], labels: Int32Array, indices: Int32Array): Contradiction | null {
  const first = new Map<string, number>();
  for (const [i, hash] of hashes.entries()) {
    const other = first.get(hash);
    if (other === undefined) first.set(hash, i);
    else if (labels[other] !== labels[i]) {
      return { indices: [indices[other] ?? -1, indices[i] ?? -1], labels: [labels[other] ?? -1, labels[i] ?? -1] };
    }
  }
  return null;
}
