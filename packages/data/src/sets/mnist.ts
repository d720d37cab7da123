import { checkKnownOptions, type Where } from '@st/core/kit';

import { checkPath } from '../dataset/check-path.ts';
import { type MnistFiles, type MnistOptions, readMnistFiles } from './read-mnist-files.ts';
import { type TrainingSets, trainingSets } from './training-sets.ts';

const WHERE: Where = '[@st/data] mnist';

const FILES: MnistFiles = {
  name: 'MNIST',
  mend: 'Put the four files of http://yann.lecun.com/exdb/mnist/ (mirrored at https://ossci-datasets.s3.amazonaws.com/mnist/) there.',
  classNames: Array.from({ length: 10 }, (_, digit) => `${digit}`),
  counts: {
    train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    test: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
  },
};

/**
 * MNIST from its official files: 60 000 training images, of which `validation` are held out, and 10 000 test images of handwritten digits,
 * 28 x 28 x 1, or 32 x 32 x 1 with `padding: 2`. Node only.
 * @throws {DataFormatError} if a file is missing, damaged, of another shape, or holds other than the published numbers of each digit.
 * @throws {InvalidArgumentError} for an unknown option, or a validation set that would leave a class empty.
 * @example
 * const { train, validation, test } = await mnist({ dir: 'mnist', padding: 2, validation: 1000, seed: 1 });
 * @see LeCun et al. 1998, "Gradient-Based Learning Applied to Document Recognition", section III
 */
export async function mnist(options: MnistOptions): Promise<TrainingSets> {
  checkKnownOptions(WHERE, options, ['dir', 'padding', 'validation', 'seed', 'augment']);
  checkPath(WHERE, 'dir', options.dir);
  return trainingSets(WHERE, await readMnistFiles(WHERE, FILES, options), 'mnist validation', options);
}
