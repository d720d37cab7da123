import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asClassifier } from '@st/core';
import { checkDatasetFits } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { encode } from 'fast-png';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { loadTestSet, parseTestSet } from './test-set.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-test-set-'));
  for (const name of ['cat', 'dog', 'frog']) {
    mkdirSync(join(folder, name));
    const data = Uint8Array.from({ length: 12 }, (_, i) => i);
    for (const file of ['a.png', 'b.png'])
      writeFileSync(join(folder, name, file), encode({ width: 2, height: 2, channels: 3, depth: 8, data }));
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

const ofClasses = (classes: number) => asClassifier(({ shape }) => tf.zeros([shape[0], classes]), { classes });
const all = { examples: 1000, subsetSeed: null };

describe('parseTestSet', () => {
  it('accepts a name with a path, which may contain colons, and CIFAR-10 without one', () => {
    for (const text of [
      'cifar10',
      'cifar10:d',
      'cifar100:C:\\data',
      'svhn:a/b',
      'mnist:.',
      'fashion-mnist:.',
      'folder:x',
      'npz:f',
    ])
      expect(parseTestSet(text)).toBe(text);
  });

  it.each([
    [
      'imagenet:x',
      "There is no data set 'imagenet'. Give cifar10, cifar100, svhn, mnist, fashion-mnist, folder, npz, and :PATH.",
    ],
    ['data/cifar', "There is no data set 'data/cifar'."],
    ['svhn', "'svhn' needs the path of its files: svhn:PATH."],
    ['cifar100:', "'cifar100' needs the path of its files: cifar100:PATH."],
  ])('refuses %s', (text, message) => expect(() => parseTestSet(text)).toThrow(message));
});

describe('loadTestSet', () => {
  it('reads a folder of images, whose number of classes must be the model’s', async () => {
    const set = await loadTestSet({ data: `folder:${folder}`, ...all }, ofClasses(3));
    expect([set.size, set.imageShape, set.classNames]).toEqual([6, [2, 2, 3], ['cat', 'dog', 'frog']]);
    expect(() => checkDatasetFits('[@st/evaluation] npm run evaluate', ofClasses(10), set)).toThrow(
      'the model must have one output a class of the data set, got 10 outputs for the 3 classes of',
    );
  });

  it('scales the images of a folder to --image-size, and requires it for images of several sizes', async () => {
    const data = new Uint8Array(27);
    writeFileSync(join(folder, 'dog', 'c.png'), encode({ width: 3, height: 3, channels: 3, depth: 8, data }));
    const settings = { data: `folder:${folder}`, ...all };
    await expect(loadTestSet(settings, ofClasses(3))).rejects.toThrow('(--image-size of the commands)');
    expect((await loadTestSet({ ...settings, imageSize: [4, 5] }, ofClasses(3))).imageShape).toEqual([4, 5, 3]);
  });

  it('refuses the first images of a folder, which belong to its first classes; accepts random ones, or all', async () => {
    const some = { data: `folder:${folder}`, examples: 4 };
    await expect(loadTestSet({ ...some, subsetSeed: null }, ofClasses(3))).rejects.toThrow(
      'holds 6 images, ordered by class: the first 4 would miss some classes. Draw random ones with --subset-seed N, or take all with --examples 6.',
    );
    expect((await loadTestSet({ ...some, subsetSeed: 1 }, ofClasses(3))).size).toBe(6);
  });

  it('names the missing files of a published set and where to get them', async () => {
    for (const name of ['cifar10', 'cifar100', 'svhn', 'mnist', 'fashion-mnist']) {
      await expect(loadTestSet({ data: `${name}:${folder}`, ...all }, ofClasses(10))).rejects.toThrow(folder);
    }
    await expect(loadTestSet({ data: `npz:${join(folder, 'none.npz')}`, ...all }, ofClasses(10))).rejects.toThrow(
      'none.npz',
    );
  });
});
