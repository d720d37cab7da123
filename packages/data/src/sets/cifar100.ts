import { DataFormatError } from '@st/core';
import { checkChoice, checkKnownOptions, type Where } from '@st/core/kit';
import { nodeModule } from '@st/core/node';
import { CIFAR10_AUGMENTATION } from '../augment/cifar10-augmentation.ts';
import { checkPath } from '../dataset/check-path.ts';
import type { ImageDataset } from '../dataset/image-dataset.ts';
import { readDataFile } from '../files/read-data-file.ts';
import { readPlanarRecords } from '../files/read-planar-records.ts';
import { arrayDataset } from './array-dataset.ts';
import { checkClassCounts, evenly } from './check-class-counts.ts';
import { type TrainingSets, type TrainingSetsOptions, trainingSets } from './training-sets.ts';

const WHERE: Where = '[@st/data] cifar100';
const MEND = 'Unpack cifar-100-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html there.';
const INNER = 'cifar-100-binary';
const FINE_CLASSES = 100;
const COARSE_CLASSES = 20;
/** Size limit of a file of class names. */
const MOST_NAME_BYTES = 65_536;
const FILES = { train: { name: 'train.bin', images: 50_000 }, test: { name: 'test.bin', images: 10_000 } } as const;

/** `augment` is `CIFAR10_AUGMENTATION` by default. */
export type Cifar100Options = TrainingSetsOptions & {
  /** The folder with the official binary files `train.bin` and `test.bin`, also in `cifar-100-binary/`. */
  readonly dir: string;
  /** The 100 fine classes (default), or the 20 coarse ones. */
  readonly labels?: 'fine' | 'coarse';
};

/**
 * CIFAR-100 from its official binary files: 50 000 training images, of which `validation` are held out, and 10 000 test images,
 * 32 x 32 x 3. Class names come from `fine_label_names.txt` or `coarse_label_names.txt` if it is in the same folder. Node only.
 * @throws {DataFormatError} if a file is missing, of another size, or holds labels other than 100 equal classes in 20 groups of 5.
 * @throws {InvalidArgumentError} for an unknown option, or a validation set that would leave a class empty.
 * @example
 * const { train, validation, test } = await cifar100({ dir: 'cifar-100-binary', validation: 1000, seed: 1 });
 * @see Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images", chapter 3
 */
export async function cifar100(options: Cifar100Options): Promise<TrainingSets> {
  checkKnownOptions(WHERE, options, ['dir', 'labels', 'validation', 'seed', 'augment']);
  checkPath(WHERE, 'dir', options.dir);
  const labels = checkChoice(WHERE, 'labels', options.labels ?? 'fine', ['fine', 'coarse']);
  const folder = folderOf(options.dir);
  const classNames = await readNames(folder, labels);
  const sets = {
    train: await readSet(folder, 'train', labels, classNames),
    test: await readSet(folder, 'test', labels, classNames),
  };
  return trainingSets(WHERE, sets, 'cifar100 validation', { augment: CIFAR10_AUGMENTATION, ...options });
}

function folderOf(dir: string): string {
  const { existsSync } = nodeModule('node:fs');
  const { join } = nodeModule('node:path');
  return existsSync(join(dir, INNER, FILES.train.name)) ? join(dir, INNER) : dir;
}

async function readSet(
  folder: string,
  part: keyof typeof FILES,
  labels: 'fine' | 'coarse',
  classNames: readonly string[] | undefined,
): Promise<ImageDataset> {
  const { name, images } = FILES[part];
  const source = `${name} in ${folder}`;
  const records = await readPlanarRecords(WHERE, { folder, name, images, labelBytes: 2, mend: MEND });
  const [coarse, fine] = [records.labels(0), records.labels(1)];
  checkClassCounts(WHERE, source, fine, evenly(FINE_CLASSES, images), MEND);
  checkClassCounts(WHERE, `${source} (coarse)`, coarse, evenly(COARSE_CLASSES, images), MEND);
  checkGroups(source, fine, coarse);
  return arrayDataset({
    name: `CIFAR-100${labels === 'coarse' ? ' (coarse)' : ''} ${part}`,
    pixels: records.pixels,
    labels: labels === 'fine' ? fine : coarse,
    imageShape: [32, 32, 3],
    classes: labels === 'fine' ? FINE_CLASSES : COARSE_CLASSES,
    ...(classNames && { classNames }),
  });
}

/** Each fine class belongs to one coarse class. */
function checkGroups(source: string, fine: Uint8Array, coarse: Uint8Array): void {
  const groupOf = new Map<number, number>();
  fine.forEach((label, i) => {
    const group = coarse[i] ?? -1;
    const known = groupOf.get(label) ?? group;
    groupOf.set(label, known);
    if (known === group) return;
    throw new DataFormatError(
      `${WHERE}: each fine class must lie in one coarse class, got fine class ${label} in ${known} and, at index ${i} of ${source}, in ${group}. The file is damaged. ${MEND}`,
      { argument: 'dir', received: group },
    );
  });
}

async function readNames(folder: string, labels: 'fine' | 'coarse'): Promise<readonly string[] | undefined> {
  const name = `${labels}_label_names.txt`;
  if (!nodeModule('node:fs').existsSync(nodeModule('node:path').join(folder, name))) return undefined;
  const bytes = await readDataFile(WHERE, { folder, name, maxBytes: MOST_NAME_BYTES, mend: MEND });
  const names = new TextDecoder().decode(bytes).split('\n');
  return names.map((line) => line.trim()).filter((line) => line !== '');
}
