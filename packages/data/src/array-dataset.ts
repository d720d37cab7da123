import {
  checkKnownOptions,
  checkNumber,
  describeValue,
  InvalidArgumentError,
  ShapeError,
  UNLABELLED,
  type Where,
} from '@st/core';

import { type ImageDataset, imageDataset, type Pixels } from './image-dataset.ts';

const WHERE: Where = '[@st/data] arrayDataset';

/** A labelled set of images held in memory. */
export type ArrayDatasetOptions = {
  /** Shown in reports. */
  readonly name: string;
  /** All images in one array, each height x width x channels: bytes, or floats in [0, 1]. Borrowed, not copied. */
  readonly pixels: Pixels;
  /** One class an image, in [0, classes). Borrowed, not copied. Left out: the images have none, see `unlabelled`. */
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
 * @throws {InvalidArgumentError} for a bad class count, a label out of range, or a float pixel that is NaN or outside [0, 1].
 * @example
 * const set = arrayDataset({ name: 'mine', pixels, labels, imageShape: [32, 32, 3], classes: 10 });
 */
export function arrayDataset(options: ArrayDatasetOptions): ImageDataset {
  checkKnownOptions(WHERE, options, ['name', 'pixels', 'labels', 'imageShape', 'classes', 'classNames']);
  const { name, pixels, imageShape, classes, classNames } = options;
  checkClasses(classes, classNames);
  const imageSize = checkImageShape(imageShape);
  checkPixels(pixels);
  const labels = options.labels ?? new Int32Array(Math.floor(pixels.length / imageSize)).fill(UNLABELLED);
  checkCounts(pixels, labels, imageShape);
  if (options.labels) checkLabels(labels, classes);
  if (pixels instanceof Float32Array) checkUnitRange(pixels, imageSize);
  return imageDataset({
    name,
    size: labels.length,
    classes,
    imageShape,
    ...(classNames && { classNames }),
    image: (index) => pixels.subarray(index * imageSize, (index + 1) * imageSize),
    ...(options.labels ? {} : { unlabelled: true }),
    label: (index) => labels[index] ?? Number.NaN,
  });
}

function checkClasses(classes: number, classNames: readonly string[] | undefined): void {
  checkNumber(WHERE, 'classes', classes, {
    min: 2,
    integer: true,
    hint: 'It counts the classes, also those without images.',
  });
  if (classNames === undefined || classNames.length === classes) return;
  throw new InvalidArgumentError(
    `${WHERE}: classNames must hold one name for each of the ${classes} classes, got ${classNames.length}.`,
    { argument: 'classNames', received: classNames },
  );
}

function checkImageShape(imageShape: readonly number[]): number {
  const valid = imageShape.length === 3 && imageShape.every((size) => Number.isInteger(size) && size > 0);
  if (valid) return imageShape.reduce((product, size) => product * size, 1);
  throw new ShapeError(
    `${WHERE}: imageShape must be [height, width, channels], three positive integers, got ${describeValue(imageShape)}.`,
    { argument: 'imageShape', received: imageShape },
  );
}

function checkPixels(pixels: Pixels): void {
  if (!(pixels instanceof Uint8Array || pixels instanceof Float32Array)) {
    throw new ShapeError(
      `${WHERE}: pixels must be a Uint8Array (0 to 255) or a Float32Array (0 to 1), got ${describeValue(pixels)}.`,
      { argument: 'pixels', received: pixels },
    );
  }
}

function checkCounts(pixels: Pixels, labels: ArrayLike<number>, imageShape: readonly number[]): void {
  const imageSize = imageShape.reduce((product, size) => product * size, 1);
  if (pixels.length === labels.length * imageSize) return;
  throw new ShapeError(
    `${WHERE}: ${labels.length} labels of images [${imageShape}] need ${labels.length * imageSize} pixel values, got ${pixels.length} (${pixels.length / imageSize} images). Is imageShape height, width, channels, and is there one label an image?`,
    { argument: 'pixels', received: pixels.length },
  );
}

function checkLabels(labels: ArrayLike<number>, classes: number): void {
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i];
    if (label !== undefined && Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new InvalidArgumentError(
      `${WHERE}: labels must be integers in [0, ${classes}), got ${label} at index ${i}. Classes are counted from 0.`,
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
