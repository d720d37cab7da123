import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asClassifier, createRng, StError } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import * as data from './index.ts';

// Every public function, each of its arguments and options in turn replaced by what somebody may pass by mistake: it works or throws an StError.

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
const labelled = { dataset: set, indices: Int32Array.of(0, 1, 2, 3), confidences: new Float32Array(4), provenance };
const none = (): string => join(folder, 'none');

/** Good arguments of each function. Readers are given folders without files: a DataFormatError, once every option is right. */
const calls: Readonly<Record<string, () => readonly unknown[]>> = {
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
  loadPseudoLabelled: () => [none()],
  savePseudoLabelled: () => [labelled, join(folder, 'saved')],
  randomCrop: () => [{ padding: 2 }],
  semiSupervised: () => [set, set, { labelledFraction: 0.5, epochImages: 4 }],
  subset: () => [set, [0, 1], { name: 'x' }],
  take: () => [set, 2],
  svhn: () => [{ dir: none(), extra: false, validation: 0, seed: 1, augment: [] }],
  unlabelled: () => [set],
};

const mistakes: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  'a text': '/dev/null/text',
  'an empty text': '',
  'a number': 7.5,
  NaN: Number.NaN,
  'minus one': -1,
  'a bigint': 3n,
  true: true,
  'a promise': Promise.resolve(set),
  'an empty object': {},
  'an empty list': [],
  'a list of nulls': [null, undefined],
  'a function': () => 0,
  'a symbol': Symbol('x'),
  'a date': new Date(0),
  'a map': new Map(),
  'a typed array': new Float64Array(3),
  'bytes of two images': new Uint8Array(24),
  'a buffer without a view': new ArrayBuffer(8),
  'an address': new URL('file:///tmp/x'),
  'what tfjs loads': { xs: 1, ys: 2 },
  'the data sets of a reader': { train: set, test: set },
};

function isWithoutFolder([options]: readonly unknown[]): boolean {
  return (
    options === undefined ||
    (typeof options === 'object' && options !== null && Reflect.get(options, 'dir') === undefined)
  );
}

/** The error that a call ends in, if it does; what it gives is used as far as it goes. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    const result = await call();
    if (isIterator(result)) result.next();
    return undefined;
  } catch (error) {
    return error;
  }
}

function isIterator(value: unknown): value is Iterator<unknown> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'next') === 'function';
}

/** The arguments with one of them, or one option of it, replaced. */
function* variations(args: readonly unknown[]): Generator<(value: unknown) => readonly unknown[]> {
  for (const [i, argument] of args.entries()) {
    yield (value) => args.with(i, value);
    if (typeof argument !== 'object' || argument === null || Object.getPrototypeOf(argument) !== Object.prototype)
      continue;
    if (argument === set || argument === classifier || argument === rng) continue;
    for (const name of Object.keys(argument)) yield (value) => args.with(i, { ...argument, [name]: value });
  }
}

describe('hostile arguments', () => {
  it('are tried on every public function', () => {
    const functions = Object.entries(data).filter(([, value]) => typeof value === 'function');
    expect(functions.map(([name]) => name).filter((name) => !(name in calls))).toEqual(['horizontalFlip']); // takes none
  });

  it.each(Object.keys(calls))('of %s end in an StError, or are taken', async (name) => {
    const call = Reflect.get(data, name) as (...args: readonly unknown[]) => unknown;
    const args = calls[name]?.() ?? [];
    const other: string[] = [];
    for (const vary of variations(args)) {
      for (const [what, value] of Object.entries(mistakes)) {
        const varied = vary(value);
        if (name === 'cifar10' && isWithoutFolder(varied)) continue; // reads the package, and the cache of whoever runs this
        const error = await errorOf(() => call(...varied));
        if (error !== undefined && !(error instanceof StError))
          other.push(`${what}: ${String(error)} for ${name}(${String(Object.keys(varied))})`);
      }
    }
    expect(other).toEqual([]);
  });

  it.each([
    ['batch', [[0, 1], rng]],
    ['image', [0, rng]],
    ['label', [0]],
  ] as const)('of a set’s %s end in an StError, or are taken', async (name, args) => {
    const other: string[] = [];
    for (const of of [
      set,
      data.augmented(set, [data.horizontalFlip()]),
      data.subset(set, [3, 1]),
      data.mixed(set, [data.mixUp({ alpha: 1 })]),
    ]) {
      const method: unknown = Reflect.get(of, name);
      if (typeof method !== 'function') continue;
      for (const vary of variations(args)) {
        for (const [what, value] of Object.entries(mistakes)) {
          const error = await errorOf(() => tf.dispose(Reflect.apply(method, of, vary(value))));
          if (error !== undefined && !(error instanceof StError)) other.push(`${what}: ${String(error)}`);
        }
      }
    }
    expect(other).toEqual([]);
  });
});
