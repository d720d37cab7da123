import { checkNumber, type Where } from '@st/core/kit';
import { nodeModule } from '@st/core/node';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { readIdx } from '../files/read-idx.ts';
import { arrayDataset } from './array-dataset.ts';
import { checkClassCounts } from './check-class-counts.ts';
import { padImages } from './pad-images.ts';
import type { TrainingSetsOptions } from './training-sets.ts';

const SIDE = 28;
/** Padded images have at most 224 x 224 pixels. */
const MOST_PADDING = 98;

/** No augmentation by default. */
export type MnistOptions = TrainingSetsOptions & {
  /**
   * The folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and the two `t10k-` files, each with or without `.gz`; also a
   * folder of torchvision, which holds them in `raw/`.
   */
  readonly dir: string;
  /** Black pixels added on each side of an image: 2 for networks that want 32 x 32. Default: 0. */
  readonly padding?: number;
};

/** A set that is published in MNIST's four files. */
export type MnistFiles = {
  /** Shown in reports. Without the hyphen it is the folder name of torchvision. */
  readonly name: string;
  /** How to get the files, added to messages. */
  readonly mend: string;
  readonly classNames: readonly string[];
  /** Images of each class. */
  readonly counts: { readonly train: readonly number[]; readonly test: readonly number[] };
};

/**
 * Reads the training and the test images of such a set.
 * @throws {DataFormatError} if a file is missing, damaged, of another shape, or holds other than the published numbers of each class.
 */
export async function readMnistFiles(
  where: Where,
  files: MnistFiles,
  { dir, padding = 0 }: MnistOptions,
): Promise<{ readonly train: ImageDataset; readonly test: ImageDataset }> {
  checkNumber(where, 'padding', padding, { min: 0, max: MOST_PADDING, integer: true });
  const folder = folderOf(dir, files.name);
  return {
    train: await readSet(where, files, folder, 'train', padding),
    test: await readSet(where, files, folder, 'test', padding),
  };
}

function folderOf(dir: string, name: string): string {
  const { readdirSync } = nodeModule('node:fs');
  const { join } = nodeModule('node:path');
  const holds = (folder: string): boolean => {
    try {
      return readdirSync(folder).some((file) => /^(train|t10k)-(images|labels)[-.]idx/.test(file));
    } catch {
      return false; // no folder, or no permission to list it: reading its files then fails with the reason
    }
  };
  const folders = [dir, join(dir, 'raw'), join(dir, name.replace('-', ''), 'raw')];
  return folders.find(holds) ?? dir;
}

async function readSet(
  where: Where,
  { name, mend, classNames, counts }: MnistFiles,
  folder: string,
  part: 'train' | 'test',
  padding: number,
): Promise<ImageDataset> {
  const prefix = part === 'train' ? 'train' : 't10k';
  const count = counts[part].reduce((sum, images) => sum + images, 0);
  const read = (file: string, shape: readonly number[]): Promise<Uint8Array> =>
    readIdx(where, { folder, name: `${prefix}-${file}`, shape, mend });
  const pixels = await read('images-idx3-ubyte', [count, SIDE, SIDE]);
  const labels = await read('labels-idx1-ubyte', [count]);
  checkClassCounts(where, `${prefix}-labels-idx1-ubyte in ${folder}`, labels, counts[part], mend);
  const side = SIDE + 2 * padding;
  return arrayDataset({
    name: `${name} ${part}`,
    pixels: padImages(pixels, { count, side: SIDE }, padding),
    labels,
    imageShape: [side, side, 1],
    classes: classNames.length,
    classNames,
  });
}
