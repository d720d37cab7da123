import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { expectAugmentedRight } from '../augment/augmented-reference.fixture.ts';
import { mnist } from './mnist.ts';
import { countsOf, folderPerTest, idxFile, pattern } from './published-files.fixture.ts';

const folder = folderPerTest();

describe('mnist', () => {
  const COUNTS = {
    train: [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949],
    t10k: [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009],
  };
  function putPart(part: 'train' | 't10k'): void {
    const labels = Uint8Array.from(COUNTS[part].flatMap((count, digit) => new Array<number>(count).fill(digit)));
    folder.put(`${part}-images-idx3-ubyte`, idxFile([labels.length, 28, 28], pattern(labels.length * 784)));
    folder.put(`${part}-labels-idx1-ubyte.gz`, gzipSync(idxFile([labels.length], labels)));
  }

  it('reads the official files, with the published numbers of each digit', async () => {
    putPart('train');
    putPart('t10k');
    const { train, validation, test } = await mnist({ dir: folder.path, padding: 2, validation: 600 });
    expect([train.size, validation.size, test.size]).toEqual([59_400, 600, 10_000]);
    expect([test.name, test.imageShape, test.classNames?.[9]]).toEqual(['MNIST test', [32, 32, 1], '9']);
    expect(countsOf(test)).toEqual(COUNTS.t10k);
    expect([test.label(0), test.label(9999)]).toEqual([0, 9]);
    expectAugmentedRight(train);
  });

  it('rejects Fashion-MNIST, whose classes are of equal size, and a folder without files', async () => {
    await expect(mnist({ dir: folder.path })).rejects.toThrow(
      'train-images-idx3-ubyte: it does not exist. Put the four files of http://yann',
    );
    putPart('t10k');
    const labels = Uint8Array.from({ length: 60_000 }, (_, i) => i % 10);
    folder.put('train-images-idx3-ubyte', idxFile([60_000, 28, 28], new Uint8Array(60_000 * 784)));
    folder.put('train-labels-idx1-ubyte', idxFile([60_000], labels));
    await expect(mnist({ dir: folder.path })).rejects.toThrow('must hold 5923 images of class 0, got 6000.');
  });
});
