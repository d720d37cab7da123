import { checkKnownOptions, type Where } from '@st/core/kit';
import { checkPath } from '../dataset/check-path.ts';
import { evenly } from './check-class-counts.ts';
import { type MnistFiles, type MnistOptions, readMnistFiles } from './read-mnist-files.ts';
import { type TrainingSets, trainingSets } from './training-sets.ts';

const WHERE: Where = '[@st/data] fashionMnist';
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
const FILES: MnistFiles = {
  name: 'Fashion-MNIST',
  mend: 'Put the four files of https://github.com/zalandoresearch/fashion-mnist there.',
  classNames: CLASS_NAMES,
  counts: { train: evenly(CLASS_NAMES.length, 60_000), test: evenly(CLASS_NAMES.length, 10_000) },
};

/** The options of `mnist`. */
export type FashionMnistOptions = MnistOptions;

/**
 * Fashion-MNIST from its official files: 60 000 training images, of which `validation` are held out, and 10 000 test images, 28 x 28 x 1, or
 * 32 x 32 x 1 with `padding: 2`, in 10 classes. Node only.
 * @throws {DataFormatError} if a file is missing, damaged, of another shape, or holds other than equal classes.
 * @throws {InvalidArgumentError} for an unknown option, or a validation set that would leave a class empty.
 * @example
 * const { train, validation, test } = await fashionMnist({ dir: 'fashion-mnist', validation: 1000, seed: 1 });
 * @see Xiao et al. 2017, arXiv 1708.07747
 */
export async function fashionMnist(options: FashionMnistOptions): Promise<TrainingSets> {
  checkKnownOptions(WHERE, options, ['dir', 'padding', 'validation', 'seed', 'augment']);
  checkPath(WHERE, 'dir', options.dir);
  return trainingSets(WHERE, await readMnistFiles(WHERE, FILES, options), 'fashion-mnist validation', options);
}
