import { checkKnownOptions, checkNumber, DataFormatError, InvalidArgumentError, type Where } from '@st/core';

import { arrayDataset } from './array-dataset.ts';
import type { ImageDataset } from './image-dataset.ts';
import { readNpz } from './read-npz.ts';

const WHERE: Where = '[@st/data] npzDataset';

export type NpzDatasetOptions = {
  /** The `.npz` file. */
  readonly file: string;
  /** How many classes there are, at least 2. */
  readonly classes: number;
  /** Shown in reports. Default: the file's path. */
  readonly name?: string;
  /** `[height, width, channels]` that the images must have. Default: [32, 32, 3]. */
  readonly imageShape?: readonly [number, number, number];
};

/**
 * Images and labels, published or generated, from a NumPy `.npz` file as robust self-training's are published: `image` uint8
 * `[n, 32, 32, 3]` and `label` integers `[n]`, packed or not. Nothing in it is executed: arrays of objects are refused. Node only.
 * @throws {DataFormatError} if the file is missing, damaged, or holds other types or shapes, or labels outside the classes.
 * @throws {InvalidArgumentError} for an unknown option or fewer than 2 classes.
 * @example
 * const generated = await npzDataset({ file: 'cifar10_ddpm.npz', classes: 10 });
 * const train = semiSupervised(augmented(labelled, CIFAR10_AUGMENTATION), augmented(generated, CIFAR10_AUGMENTATION));
 */
export async function npzDataset(options: NpzDatasetOptions): Promise<ImageDataset> {
  checkKnownOptions(WHERE, options, ['file', 'classes', 'name', 'imageShape']);
  const { file, classes, name = file, imageShape = [32, 32, 3] } = options;
  checkNumber(WHERE, 'classes', classes, { min: 2, integer: true });
  const arrays = await readNpz(WHERE, file, { image: ['u1'], label: ['u1', 'i1', 'u2', 'i2', 'u4', 'i4', 'i8', 'u8'] });
  const { image, label } = arrays;
  const count = image?.shape[0] ?? 0;
  if (!image || image.shape.slice(1).join() !== imageShape.join() || count === 0) {
    throw new DataFormatError(
      `${WHERE}: image in ${file} must be [n, ${imageShape.join(', ')}], got [${image?.shape.join(', ')}]. Pass imageShape for images of another size.`,
      { argument: 'file', received: image?.shape },
    );
  }
  if (!label || label.shape.join() !== `${count}`) {
    throw new DataFormatError(
      `${WHERE}: label in ${file} must be [${count}], one class an image, got [${label?.shape.join(', ')}].`,
      { argument: 'file', received: label?.shape },
    );
  }
  const labels = integersOf(label.dtype, label.bytes);
  const wrong = labels.findIndex((value) => !(value >= 0 && value < classes));
  if (wrong >= 0) {
    throw new DataFormatError(
      `${WHERE}: labels must be in [0, ${classes}), got ${labels[wrong]} at index ${wrong} of ${file}. Classes are counted from 0; is it a set of ${classes} classes?`,
      { argument: 'file', received: labels[wrong] },
    );
  }
  return arrayDataset({ name, pixels: image.bytes, labels: Int32Array.from(labels), imageShape, classes });
}

/** Little-endian integers as doubles, which hold every class exactly. */
function integersOf(dtype: string, bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = Number(dtype.slice(1));
  const isSigned = dtype.startsWith('i');
  const read = (at: number): number => {
    switch (width) {
      case 1:
        return isSigned ? view.getInt8(at) : view.getUint8(at);
      case 2:
        return isSigned ? view.getInt16(at, true) : view.getUint16(at, true);
      case 4:
        return isSigned ? view.getInt32(at, true) : view.getUint32(at, true);
      case 8:
        return Number(isSigned ? view.getBigInt64(at, true) : view.getBigUint64(at, true));
      default:
        throw new InvalidArgumentError(`${WHERE}: no integers of ${width} bytes are read.`, { received: dtype });
    }
  };
  return Float64Array.from({ length: bytes.length / width }, (_, i) => read(i * width));
}
