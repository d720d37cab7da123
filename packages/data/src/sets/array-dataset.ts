import { InvalidArgumentError, ShapeError, UNLABELED } from '@st/core';
import { checkKind, checkKnownOptions, checkNumber, describeValue, type Where } from '@st/core/kit';

import { checkImageShape } from '../dataset/check-image-shape.ts';
import { type ImageDataset, imageDataset } from '../dataset/image-dataset.ts';
import type { Pixels } from '../dataset/plain-pixels.ts';
import { type PixelSource, plainPixels } from '../dataset/plain-pixels.ts';

const WHERE: Where = '[@st/data] arrayDataset';

/** A labeled set of images held in memory. */
export type ArrayDatasetOptions = {
  /** Shown in reports. */
  readonly name: string;
  /**
   * All images in one array, each height x width x channels: bytes (a Node `Buffer`, too), or floats in [0, 1]. Borrowed, not copied, and
   * never written to.
   */
  readonly pixels: PixelSource;
  /** One class an image, in [0, classes). Copied. Left out: the images have none, see `unlabeled`. */
  readonly labels?: ArrayLike<number>;
  /** `[height, width, channels]`. */
  readonly imageShape: readonly [number, number, number];
  /** How many classes there are, at least 2. */
  readonly classes: number;
  /** One name a class. */
  readonly classNames?: readonly string[];
};

/**
 * Makes a `Dataset` of any images in memory. Everything is checked here, once, so that batches need no check.
 * @throws {ShapeError} if pixels, labels and imageShape do not agree.
 * @throws {InvalidArgumentError} for a bad class count, a label out of range, or a float pixel that is NaN or outside [0, 1]; at an image
 * whose memory was transferred or resized away.
 * @example
 * const set = arrayDataset({ name: 'mine', pixels, labels, imageShape: [32, 32, 3], classes: 10 });
 */
export function arrayDataset(options: ArrayDatasetOptions): ImageDataset {
  checkKnownOptions(WHERE, options, ['name', 'pixels', 'labels', 'imageShape', 'classes', 'classNames']);
  const { name, imageShape, classes, classNames } = options;
  checkKind(WHERE, 'name', name, 'text');
  checkClasses(classes, classNames);
  const imageSize = checkImageShape(WHERE, imageShape);
  const pixels = checkPixels(options.pixels);
  const { length } = pixels;
  if (options.labels !== undefined) checkLabelList(options.labels);
  const given = options.labels ?? new Int32Array(Math.floor(length / imageSize)).fill(UNLABELED);
  checkCounts(pixels, given, imageShape);
  if (options.labels !== undefined) checkLabels(given, classes);
  const labels = Int32Array.from(given);
  if (pixels instanceof Float32Array) checkUnitRange(pixels, imageSize);
  return imageDataset({
    name,
    size: labels.length,
    classes,
    imageShape,
    ...(classNames && { classNames }),
    image: (index) => {
      if (pixels.length !== length) refuseLost(name, length);
      return pixels.subarray(index * imageSize, (index + 1) * imageSize);
    },
    ...(options.labels === undefined && { unlabeled: true }),
    label: (index) => labels[index] ?? Number.NaN,
  });
}

function checkClasses(classes: number, classNames: readonly string[] | undefined): void {
  checkNumber(WHERE, 'classes', classes, {
    min: 2,
    integer: true,
    hint: 'It counts the classes, also those without images.',
  });
  if (classNames === undefined) return;
  const isList = Array.isArray(classNames) && classNames.every((name) => typeof name === 'string');
  if (isList && classNames.length === classes) return;
  throw new InvalidArgumentError(
    `${WHERE}: classNames must hold one name for each of the ${classes} classes, got ${isList ? classNames.length : describeValue(classNames)}.`,
    { argument: 'classNames', received: classNames },
  );
}

function checkPixels(pixels: unknown): Pixels {
  const plain = plainPixels(pixels);
  if (plain) return plain;
  throw new ShapeError(
    `${WHERE}: pixels must be a Uint8Array (0 to 255) or a Float32Array (0 to 1), got ${describeValue(pixels)}. For other numbers pass Uint8Array.from(pixels) if they are bytes, Float32Array.from(pixels) if they lie in [0, 1].`,
    { argument: 'pixels', received: pixels },
  );
}

function refuseLost(name: string, length: number): never {
  throw new InvalidArgumentError(
    `${WHERE}: the pixels of '${name}' must stay in memory while the set is used, but their buffer was transferred or made smaller than ${length} values. Pass a copy of them.`,
    { argument: 'pixels', received: name },
  );
}

function checkCounts(pixels: Pixels, labels: ArrayLike<number>, imageShape: readonly number[]): void {
  const imageSize = imageShape.reduce((product, size) => product * size, 1);
  if (pixels.length === labels.length * imageSize) return;
  throw new ShapeError(
    `${WHERE}: ${labels.length} labels of images [${imageShape}] need ${labels.length * imageSize} pixel values, got ${pixels.length} (${pixels.length / imageSize} images). Is imageShape height, width, channels, and is there one label an image?`,
    { argument: 'pixels', received: pixels.length },
  );
}

function checkLabelList(labels: unknown): void {
  const isBig = labels instanceof BigInt64Array || labels instanceof BigUint64Array;
  const isList = Array.isArray(labels) || (ArrayBuffer.isView(labels) && 'length' in labels);
  if (isList && !isBig) return;
  throw new InvalidArgumentError(
    `${WHERE}: labels must be a list of numbers, [0, 1, 2] or an Int32Array, got ${describeValue(labels)}.${isBig ? ' Pass Int32Array.from(labels, Number).' : ''}`,
    { argument: 'labels', received: labels },
  );
}

function checkLabels(labels: ArrayLike<number>, classes: number): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label !== undefined && Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new InvalidArgumentError(
      `${WHERE}: labels must be integers in [0, ${classes}), got ${describeValue(label)} at index ${i}. Classes are counted from 0.`,
      { argument: 'labels', received: label },
    );
  }
}

function checkUnitRange(pixels: Float32Array, imageSize: number): void {
  const bad = pixels.findIndex((value) => !(value >= 0 && value <= 1));
  if (bad < 0) return;
  throw new InvalidArgumentError(
    `${WHERE}: float pixels must be in [0, 1], got ${pixels[bad]} in image ${Math.floor(bad / imageSize)}. Pass 8-bit pixels as a Uint8Array, and keep mean/std normalisation inside the model.`,
    { argument: 'pixels', received: pixels[bad] },
  );
}
