import { DataFormatError, InvalidArgumentError, ShapeError } from '@st/core';
import { checkKind, checkKnownOptions, describeValue, type Where } from '@st/core/kit';
import { nodeModule } from '@st/core/node';
import { checkPath } from '../dataset/check-path.ts';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { decodeImage, MOST_IMAGE_BYTES } from '../files/decode-image.ts';
import { readDataFile } from '../files/read-data-file.ts';
import { resizeByArea } from '../files/resize-by-area.ts';
import { arrayDataset } from './array-dataset.ts';
import { type ClassFolder, listClassFolders } from './list-class-folders.ts';

const WHERE: Where = '[@st/data] imageFolder';
const MEND = 'Put one folder a class there, with the PNG, JPEG, WebP or GIF images of that class in it.';
/** Upper bound of the sides in `size`. */
const LONGEST_SIDE = 16_384;

export type ImageFolderOptions = {
  /** Holds one folder a class; their names, in alphabetical order, are the classes 0, 1, ... */
  readonly dir: string;
  /** Shown in reports. Default: the folder's path. */
  readonly name?: string;
  /** `[height, width]` that every image is scaled to, by area. Default: all images must have the same size. */
  readonly size?: readonly [number, number];
  /** 3: color, gray images are spread over three channels (default). 1: gray, color images are rejected. */
  readonly channels?: 1 | 3;
};

/**
 * Your own images: a folder a class, PNG, JPEG, WebP or GIF. All are decoded at once and stay in memory as bytes, with the values that
 * Pillow's `convert('RGB')` gives, and so torchvision's `ImageFolder`: transparency is dropped, colors stay as stored; the orientation in EXIF,
 * color profiles and gamma are not applied; of 16 bits the upper eight; of an animation the first frame. Other files are
 * ignored. Node only.
 * @returns The images by class, then by file name. `holdOut` splits them for training and validation.
 * @throws {DataFormatError} for a folder without classes, a class without images, a file that is damaged or larger than 100 megapixels, or
 * an image of a format that is not read (BMP, TIFF, ...).
 * @throws {ShapeError} for images of different sizes without `size`, or an image of other channels.
 * @example
 * const { rest, held } = holdOut(await imageFolder({ dir: 'flowers', size: [32, 32] }), { validation: 200 });
 */
export async function imageFolder(options: ImageFolderOptions): Promise<ImageDataset> {
  checkKnownOptions(WHERE, options, ['dir', 'name', 'size', 'channels']);
  const { dir, name = dir, channels = 3 } = options;
  checkPath(WHERE, 'dir', dir);
  checkKind(WHERE, 'name', name, 'text');
  if (![1, 3].includes(channels)) refuseChannels(channels);
  const wanted = checkSizeOption(options.size);
  const classes = await listClassFolders(WHERE, dir, MEND);
  const { pixels, size } = await decodeAll(classes, wanted, channels);
  return arrayDataset({
    name,
    pixels,
    labels: classes.flatMap(({ files }, label) => new Array<number>(files.length).fill(label)),
    imageShape: [...size, channels],
    classes: classes.length,
    classNames: classes.map((each) => each.name),
  });
}

function refuseChannels(channels: unknown): never {
  throw new InvalidArgumentError(`${WHERE}: channels must be 3 (colour) or 1 (grey), got ${describeValue(channels)}.`, {
    argument: 'channels',
    received: channels,
  });
}

type Size = readonly [height: number, width: number];

function checkSizeOption(size: Size | undefined): Size | undefined {
  if (size === undefined) return undefined;
  const valid =
    Array.isArray(size) &&
    size.length === 2 &&
    size.every((side) => Number.isInteger(side) && side >= 1 && side <= LONGEST_SIDE);
  if (valid) return size;
  throw new InvalidArgumentError(
    `${WHERE}: size must be [height, width], two integers in [1, ${LONGEST_SIDE}], got ${describeValue(size)}.`,
    { argument: 'size', received: size },
  );
}

/** All images in one array, one after the other. */
async function decodeAll(
  classes: readonly ClassFolder[],
  wanted: Size | undefined,
  channels: 1 | 3,
): Promise<{ readonly pixels: Uint8Array; readonly size: Size }> {
  const count = classes.reduce((sum, { files }) => sum + files.length, 0);
  let size = wanted;
  let pixels = new Uint8Array(0);
  let at = 0;
  for (const { folder, files } of classes) {
    for (const file of files) {
      const path = nodeModule('node:path').join(folder, file);
      const bytes = await readDataFile(WHERE, { folder, name: file, maxBytes: MOST_IMAGE_BYTES, mend: MEND });
      const decoded = await decodeImage(WHERE, path, bytes, channels);
      if (at === 0) {
        size = wanted ?? [decoded.height, decoded.width];
        pixels = allocate(count, size, channels);
      }
      if (!wanted) checkSameSize(path, decoded, size ?? [0, 0]);
      const image = resizeByArea(decoded, size ?? [0, 0], channels);
      pixels.set(image, at);
      at += image.length;
    }
  }
  return { pixels, size: size ?? [0, 0] };
}

function allocate(count: number, size: Size, channels: number): Uint8Array<ArrayBuffer> {
  const length = count * size[0] * size[1] * channels;
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new DataFormatError(
      `${WHERE}: ${count} images of ${size[0]} x ${size[1]} take ${length} bytes, more than there is. Pass a smaller size: size: [32, 32].`,
      { argument: 'size', received: length, cause },
    );
  }
}

function checkSameSize(path: string, { height, width }: { height: number; width: number }, size: Size): void {
  if (height === size[0] && width === size[1]) return;
  throw new ShapeError(
    `${WHERE}: all images must be of one size, got ${path} of ${height} x ${width} after ${size[0]} x ${size[1]}. Pass size: [${size.join(', ')}] to scale them (--image-size of the commands).`,
    { argument: 'size', received: [height, width] },
  );
}
