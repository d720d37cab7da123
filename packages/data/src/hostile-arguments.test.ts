import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asClassifier, createRng } from '@st/core';
import { type HostileSubject, testHostileArguments } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll } from 'vitest';

import * as data from './index.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-hostile-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const set = data.arrayDataset({
  name: 'four',
  pixels: Uint8Array.from({ length: 48 }, (_, i) => i),
  labels: [0, 1, 0, 1],
  imageShape: [2, 2, 3],
  classes: 2,
});
const classifier = asClassifier(
  (x: tf.Tensor4D) => tf.slice(tf.reshape(x, [x.shape[0], 12]), [0, 0], [-1, 2]) as tf.Tensor2D,
  {
    classes: 2,
  },
);
const rng = createRng(1);
const provenance = {
  modelDigest: null,
  dataDigest: '',
  dataset: '',
  confidence: 0,
  examined: 4,
  kept: 4,
  perClass: [2, 2],
};
const labeled = { dataset: set, indices: Int32Array.of(0, 1, 2, 3), confidences: new Float32Array(4), provenance };
const none = (): string => join(folder, 'none');

/** Good arguments of each function. Readers get folders without files, so that good options end in a DataFormatError. */
const calls: HostileSubject['calls'] = {
  arrayDataset: () => [
    { name: 'x', pixels: new Uint8Array(6), labels: [0, 1], imageShape: [1, 1, 3], classes: 2, classNames: ['a', 'b'] },
  ],
  augmented: () => [set, [data.horizontalFlip()]],
  autoAugment: () => [{ fill: [0, 0, 0] }],
  batches: () => [set, { batchSize: 2, rng, dropLast: true }],
  cifar10: () => [{ dir: none(), validation: 0, seed: 1, augment: [], cache: 'none' }],
  cifar100: () => [{ dir: none(), labels: 'fine', validation: 0, seed: 1, augment: [] }],
  cutMix: () => [{ alpha: 1, probability: 0.5 }],
  cutout: () => [{ size: 2, fill: [0, 0, 0] }],
  fashionMnist: () => [{ dir: none(), padding: 2, validation: 0, seed: 1, augment: [] }],
  holdOut: () => [set, { validation: 2, seed: 1 }],
  imageFolder: () => [{ dir: none(), name: 'x', size: [2, 2], channels: 3 }],
  mixUp: () => [{ alpha: 1 }],
  mixed: () => [set, [data.mixUp({ alpha: 1 })]],
  mnist: () => [{ dir: none(), padding: 2, validation: 0, seed: 1, augment: [] }],
  npzDataset: () => [
    { file: none(), classes: 2, name: 'x', imageShape: [2, 2, 3], keys: { image: 'a', label: 'b' }, maxBytes: 9 },
  ],
  pseudoLabel: () => [classifier, set, { confidence: 0, batchSize: 2 }],
  loadPseudoLabeled: () => [none()],
  savePseudoLabeled: () => [labeled, join(folder, 'saved')],
  randomCrop: () => [{ padding: 2 }],
  semiSupervised: () => [set, set, { labeledFraction: 0.5, epochImages: 4 }],
  subset: () => [set, [0, 1], { name: 'x' }],
  take: () => [set, 2],
  svhn: () => [{ dir: none(), extra: false, validation: 0, seed: 1, augment: [] }],
  unlabeled: () => [set],
};

function isWithoutFolder([options]: readonly unknown[]): boolean {
  return (
    options === undefined ||
    (typeof options === 'object' && options !== null && Reflect.get(options, 'dir') === undefined)
  );
}

const isWhole: HostileSubject['isWhole'] = (value) => value === set || value === classifier || value === rng;

testHostileArguments({
  exports: data,
  isWhole,
  takesAny: ['horizontalFlip'],
  calls,
  // reads the npm package and the user's cache
  isLeftOut: (name, args) => name === 'cifar10' && isWithoutFolder(args),
});

const sets = {
  plain: set,
  augmented: data.augmented(set, [data.horizontalFlip()]),
  subset: data.subset(set, [3, 1]),
  mixed: data.mixed(set, [data.mixUp({ alpha: 1 })]),
};
const methods = Object.entries(sets).flatMap(([kind, of]) =>
  [['batch', () => [[0, 1], rng]] as const, ['image', () => [0, rng]] as const, ['label', () => [0]] as const].flatMap(
    ([name, args]) => {
      const method: unknown = Reflect.get(of, name);
      if (typeof method !== 'function') return [];
      return [{ name: `${name} of a ${kind} set`, call: (...all: unknown[]) => Reflect.apply(method, of, all), args }];
    },
  ),
);

testHostileArguments({
  exports: Object.fromEntries(methods.map(({ name, call }) => [name, call])),
  isWhole,
  calls: Object.fromEntries(methods.map(({ name, args }) => [name, args])),
});
