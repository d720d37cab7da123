import { DataFormatError } from '@st/core';

import {
  CIFAR10_FILE_IMAGES,
  CIFAR10_IMAGE_BYTES,
  CIFAR10_TRAIN_FILES,
  type Cifar10Images,
  checkCifar10Labels,
  type LabelledImages,
} from './cifar10-images.ts';
import { interleavePlanes } from './interleave-planes.ts';
import { readDataFile } from './read-data-file.ts';

/** A label byte, then the red, green and blue planes of 32 x 32 bytes each. */
const RECORD_BYTES = 1 + CIFAR10_IMAGE_BYTES;
const RECORDS = { images: CIFAR10_FILE_IMAGES, recordBytes: RECORD_BYTES, headerBytes: 1 };
const FILE_BYTES = CIFAR10_FILE_IMAGES * RECORD_BYTES;
const MEND = 'Unpack cifar-10-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html there.';

/**
 * Reads the official binary version: `data_batch_1.bin` .. `data_batch_5.bin` and `test_batch.bin` in `folder`.
 * @throws {DataFormatError} for a file that is missing, has not 10 000 records, or holds wrong labels.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version"
 */
export async function readCifar10Binary(folder: string): Promise<Cifar10Images> {
  const trainFiles = Array.from({ length: CIFAR10_TRAIN_FILES }, (_, i) => `data_batch_${i + 1}.bin`);
  return { train: await readFiles(folder, trainFiles), test: await readFiles(folder, ['test_batch.bin']) };
}

async function readFiles(folder: string, names: readonly string[]): Promise<LabelledImages> {
  const count = names.length * CIFAR10_FILE_IMAGES;
  const images = { pixels: new Uint8Array(count * CIFAR10_IMAGE_BYTES), labels: new Uint8Array(count) };
  for (const [i, name] of names.entries()) {
    const bytes = await readDataFile('[@st/data] cifar10', { folder, name, maxBytes: FILE_BYTES, mend: MEND });
    if (bytes.length !== FILE_BYTES) {
      throw new DataFormatError(
        `[@st/data] cifar10: ${name} in ${folder} must be ${FILE_BYTES} bytes (${CIFAR10_FILE_IMAGES} records of ${RECORD_BYTES}), got ${bytes.length}. It is truncated or of another set. ${MEND}`,
        { argument: 'dir', received: bytes.length },
      );
    }
    const first = i * CIFAR10_FILE_IMAGES;
    images.pixels.set(interleavePlanes(bytes, RECORDS), first * CIFAR10_IMAGE_BYTES);
    for (let k = 0; k < CIFAR10_FILE_IMAGES; k++) images.labels[first + k] = bytes[k * RECORD_BYTES] ?? 0;
  }
  checkCifar10Labels(`${names[0]}${names.length > 1 ? ` .. ${names.at(-1)}` : ''} in ${folder}`, images.labels);
  return images;
}
