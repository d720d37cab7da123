import { checkChoice, checkKnownOptions, DataFormatError, ShapeError, type Where } from '@st/core';

import { arrayDataset } from './array-dataset.ts';
import { decodeImage } from './decode-image.ts';
import type { ImageDataset } from './image-dataset.ts';
import { readDataFile } from './read-data-file.ts';
import { resizeByArea } from './resize-by-area.ts';

const WHERE: Where = '[@st/data] imageFolder';
const EXTENSIONS: readonly string[] = ['.png', '.jpg', '.jpeg'];
const MEND = 'Put one folder a class there, with the .png, .jpg or .jpeg images of that class in it.';

export type ImageFolderOptions = {
  /** Holds one folder a class; their names, in alphabetical order, are the classes 0, 1, ... */
  readonly dir: string;
  /** Shown in reports. Default: the folder's path. */
  readonly name?: string;
  /** `[height, width]` that every image is scaled to, by area. Default: all images must be of one size already. */
  readonly size?: readonly [number, number];
  /** 3: colour, grey images are spread over three channels (default). 1: grey, colour images are refused. */
  readonly channels?: 1 | 3;
};

/**
 * One's own images: a folder a class, PNG or JPEG. All are decoded at once and stay in memory as bytes. Other files are left alone; Node only.
 * @returns The images by class, then by file name. `holdOut` parts them for training and validation.
 * @throws {DataFormatError} for a folder without classes, a class without images, or a file that is damaged or of no such format.
 * @throws {ShapeError} for images of different sizes where none is given, or an image of other channels.
 * @example
 * const { rest, held } = holdOut(await imageFolder({ dir: 'flowers', size: [32, 32] }), { validation: 200 });
 */
export async function imageFolder(options: ImageFolderOptions): Promise<ImageDataset> {
  checkKnownOptions(WHERE, options, ['dir', 'name', 'size', 'channels']);
  const { dir, name = dir, channels = 3 } = options;
  checkChoice(WHERE, 'channels', `${channels}`, ['1', '3']);
  const { join } = await import('node:path');
  const classNames = await namesIn(dir, 'folders');
  if (classNames.length < 2)
    refuse(`${dir} must hold at least two folders, one a class, got ${classNames.length}`, dir);
  const images: Uint8Array[] = [];
  const labels: number[] = [];
  let size = options.size;
  for (const [label, className] of classNames.entries()) {
    const folder = join(dir, className);
    const files = await namesIn(folder, 'images');
    if (files.length === 0) refuse(`${folder} holds no images`, folder);
    for (const file of files) {
      const decoded = await decodeImage(
        WHERE,
        join(folder, file),
        await readDataFile(WHERE, folder, file, MEND),
        channels,
      );
      size ??= [decoded.height, decoded.width];
      if (!options.size) checkSize(join(folder, file), decoded, size);
      images.push(resizeByArea(decoded, size, channels));
      labels.push(label);
    }
  }
  const [height = 0, width = 0] = size ?? [];
  const imageShape = [height, width, channels] as const;
  return arrayDataset({ name, pixels: joined(images), labels, imageShape, classes: classNames.length, classNames });
}

async function namesIn(folder: string, what: 'folders' | 'images'): Promise<string[]> {
  const [{ readdir }, { extname }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) =>
    refuse(`${folder} cannot be listed: ${cause instanceof Error ? cause.message : String(cause)}`, folder),
  );
  const isImage = (name: string): boolean => EXTENSIONS.includes(extname(name).toLowerCase());
  return entries
    .filter((entry) => (what === 'folders' ? entry.isDirectory() : entry.isFile() && isImage(entry.name)))
    .map((entry) => entry.name)
    .filter((name) => !name.startsWith('.'))
    .sort(); // by code unit: the same order on every machine
}

function checkSize(
  path: string,
  { height, width }: { height: number; width: number },
  size: readonly [number, number],
): void {
  if (height === size[0] && width === size[1]) return;
  throw new ShapeError(
    `${WHERE}: all images must be of one size, got ${path} of ${height} x ${width} after ${size[0]} x ${size[1]}. Pass size: [${size.join(', ')}] to scale them.`,
    { argument: 'size', received: [height, width] },
  );
}

function joined(images: readonly Uint8Array[]): Uint8Array {
  const pixels = new Uint8Array(images.reduce((sum, image) => sum + image.length, 0));
  let at = 0;
  for (const image of images) {
    pixels.set(image, at);
    at += image.length;
  }
  return pixels;
}

function refuse(what: string, received: string): never {
  throw new DataFormatError(`${WHERE}: ${what}. ${MEND}`, { argument: 'dir', received });
}
