import { readPlanarRecords } from '../../files/read-planar-records.ts';
import {
  CIFAR10_FILE_IMAGES,
  CIFAR10_IMAGE_BYTES,
  CIFAR10_TRAIN_FILES,
  type Cifar10Images,
  checkCifar10Labels,
  type LabeledImages,
} from './cifar10-images.ts';

const MEND = 'Unpack cifar-10-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html there.';

/**
 * Reads the official binary version: `data_batch_1.bin` .. `data_batch_5.bin` and `test_batch.bin` in `folder`.
 * @throws {DataFormatError} for a file that is missing, does not hold 10 000 records, or holds wrong labels.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version"
 */
export async function readCifar10Binary(folder: string): Promise<Cifar10Images> {
  const trainFiles = Array.from({ length: CIFAR10_TRAIN_FILES }, (_, i) => `data_batch_${i + 1}.bin`);
  return { train: await readFiles(folder, trainFiles), test: await readFiles(folder, ['test_batch.bin']) };
}

async function readFiles(folder: string, names: readonly string[]): Promise<LabeledImages> {
  const count = names.length * CIFAR10_FILE_IMAGES;
  const images = { pixels: new Uint8Array(count * CIFAR10_IMAGE_BYTES), labels: new Uint8Array(count) };
  for (const [i, name] of names.entries()) {
    const file = { folder, name, images: CIFAR10_FILE_IMAGES, labelBytes: 1, mend: MEND };
    const records = await readPlanarRecords('[@st/data] cifar10', file);
    images.pixels.set(records.pixels, i * CIFAR10_FILE_IMAGES * CIFAR10_IMAGE_BYTES);
    images.labels.set(records.labels(0), i * CIFAR10_FILE_IMAGES);
  }
  checkCifar10Labels(`${names[0]}${names.length > 1 ? ` .. ${names.at(-1)}` : ''} in ${folder}`, images.labels);
  return images;
}
