import { checkKnownOptions, type Where } from '@st/core';

import { arrayDataset } from './array-dataset.ts';
import { checkClassCounts, evenly } from './check-class-counts.ts';
import type { ImageDataset } from './image-dataset.ts';
import { readIdx } from './read-idx.ts';
import { type TrainingSets, type TrainingSetsOptions, trainingSets } from './training-sets.ts';

const WHERE: Where = '[@st/data] fashionMnist';
const MEND = 'Put the four files of https://github.com/zalandoresearch/fashion-mnist there.';
const CLASS_NAMES: readonly string[] = [
  'T-shirt/top',
  'trouser',
  'pullover',
  'dress',
  'coat',
  'sandal',
  'shirt',
  'sneaker',
  'bag',
  'ankle boot',
];

/** `augment` is none where it is not given. */
export type FashionMnistOptions = TrainingSetsOptions & {
  /** The folder with `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and their `t10k-` fellows, each with or without `.gz`. */
  readonly dir: string;
};

/**
 * Fashion-MNIST from its official files: 60 000 training images, of which `validation` are held out, and 10 000 test images, 28 x 28 x 1, in
 * 10 classes. Node only.
 * @throws {DataFormatError} if a file is missing, damaged, of another shape, or holds other than equal classes.
 * @throws {InvalidArgumentError} for an unknown option, or a validation set that would leave a class empty.
 * @example
 * const { train, validation, test } = await fashionMnist({ dir: 'fashion-mnist', validation: 1000, seed: 1 });
 * @see Xiao et al. 2017, arXiv 1708.07747
 */
export async function fashionMnist(options: FashionMnistOptions): Promise<TrainingSets> {
  checkKnownOptions(WHERE, options, ['dir', 'validation', 'seed', 'augment']);
  const sets = {
    train: await readSet(options.dir, 'train', 60_000, 'Fashion-MNIST train'),
    test: await readSet(options.dir, 't10k', 10_000, 'Fashion-MNIST test'),
  };
  return trainingSets(WHERE, sets, 'fashion-mnist validation', options);
}

async function readSet(folder: string, prefix: string, images: number, name: string): Promise<ImageDataset> {
  const pixels = await readIdx(WHERE, folder, `${prefix}-images-idx3-ubyte`, [images, 28, 28], MEND);
  const labels = await readIdx(WHERE, folder, `${prefix}-labels-idx1-ubyte`, [images], MEND);
  const source = `${prefix}-labels-idx1-ubyte in ${folder}`;
  checkClassCounts(WHERE, source, labels, evenly(CLASS_NAMES.length, images), MEND);
  const classes = CLASS_NAMES.length;
  return arrayDataset({ name, pixels, labels, imageShape: [28, 28, 1], classes, classNames: CLASS_NAMES });
}
