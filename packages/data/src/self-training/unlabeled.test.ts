import { asClassifier, createRng, type Dataset, UNLABELED } from '@st/core';
import { countTensors } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { augmented } from '../augment/augmented.ts';
import { horizontalFlip } from '../augment/horizontal-flip.ts';
import { mixUp } from '../augment/mix-up.ts';
import { mixed } from '../augment/mixed.ts';
import { arrayDataset } from '../sets/array-dataset.ts';
import { holdOut } from '../views/hold-out.ts';
import { take } from '../views/subset.ts';
import { pseudoLabel } from './pseudo-label.ts';
import { semiSupervised } from './semi-supervised.ts';
import { unlabeled } from './unlabeled.ts';

const parts = { imageShape: [1, 2, 1] as const, classes: 2 };
const labeled = arrayDataset({ ...parts, name: 'few', pixels: Uint8Array.from([1, 2, 3, 4]), labels: [0, 1] });
const rest = arrayDataset({ ...parts, name: 'rest', pixels: Uint8Array.from([5, 6, 7, 8, 9, 10]), labels: [1, 0, 1] });

const labelsOf = (set: Dataset, indices: number[]): number[] =>
  tf.tidy(() => Array.from(set.batch(indices, createRng(1)).labels.dataSync()));

describe('unlabeled', () => {
  it('removes the labels of a set, keeps the images, and is marked unlabeled through every wrapper', () => {
    const set = unlabeled(rest);
    expect([set.name, set.size, set.classes, set.unlabeled]).toEqual(['rest, unlabelled', 3, 2, true]);
    expect(labelsOf(set, [0, 2])).toEqual([UNLABELED, UNLABELED]);
    expect(Array.from(set.image(1))).toEqual([7, 8]);
    for (const wrapped of [take(set, 2), augmented(set, [horizontalFlip()])]) {
      expect([wrapped.unlabeled, wrapped.label(0)]).toEqual([true, UNLABELED]);
    }
    expect(rest.unlabeled).toBeUndefined();
    expect(countTensors(() => tf.dispose(set.batch([0, 1])))).toBe(0);
  });

  it('equals an arrayDataset without labels', () => {
    const set = arrayDataset({ ...parts, name: 'found', pixels: new Float32Array(6) });
    expect([set.size, set.unlabeled, labelsOf(set, [2])]).toEqual([3, true, [UNLABELED]]);
    expect(() => arrayDataset({ ...parts, name: 'odd', pixels: new Uint8Array(5) })).toThrow('got 5 (2.5 images)');
    expect(() => arrayDataset({ ...parts, name: 'odd', pixels: new Uint8Array(2), labels: [-1] })).toThrow(
      'labels must be integers in [0, 2), got -1 at index 0.',
    );
  });

  it('can be the second set of semiSupervised, whose result is marked unlabeled, too', () => {
    const set = semiSupervised(labeled, unlabeled(rest));
    expect(set.unlabeled).toBe(true);
    expect(labelsOf(set, [0, 1, 2, 4])).toEqual([0, 1, UNLABELED, UNLABELED]);
    expect(semiSupervised(labeled, rest).unlabeled).toBeUndefined();
    expect(() => semiSupervised(unlabeled(rest), labeled)).toThrow(
      "[@st/data] semiSupervised: every image must have a label, but 'rest, unlabelled' holds images without one. Swap the two sets",
    );
  });

  it('is rejected by mixed and holdOut, which need labels', () => {
    expect(() => mixed(semiSupervised(labeled, unlabeled(rest)), [mixUp({ alpha: 1 })])).toThrow(
      '[@st/data] mixed: every image must have a label',
    );
    expect(() => holdOut(unlabeled(rest), { validation: 1 })).toThrow(
      '[@st/data] holdOut: every image must have a label',
    );
  });

  it('has labels again after pseudoLabel', async () => {
    const byPixels = asClassifier((images) => tf.reshape(images, [-1, 2]), { classes: 2 });
    const { dataset } = await pseudoLabel(byPixels, unlabeled(rest), { confidence: 0 });
    expect([dataset.unlabeled, dataset.label(0)]).toEqual([false, 1]);
  });
});
