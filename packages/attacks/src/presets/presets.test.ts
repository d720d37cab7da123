import { asClassifier, type BatchNormMode, createRng, type Objective } from '@st/core';
import { SQUEEZE_RST_PASSES } from '@st/losses';
import { countTensors } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { adversarialTraining } from './adversarial-training.ts';
import { naturalTraining } from './natural-training.ts';
import { CIFAR10_L2, CIFAR10_LINF, CIFAR10_TRAINING, PGD_20, PGD_100, SVHN_TRAINING } from './published-settings.ts';
import { squeeze } from './squeeze.ts';
import { trades } from './trades.ts';

const modes: BatchNormMode[] = [];
const classifier = asClassifier(
  (images: tf.Tensor4D, mode: BatchNormMode) => {
    modes.push(mode);
    return tf.reshape(images, [images.shape[0], 4]);
  },
  { classes: 4 },
);
const batch = { images: createRng(1).uniform<tf.Rank.R4>([2, 2, 2, 1]), labels: tf.tensor1d([0, 3], 'int32') };
const walk = { epsilon: 8 / 255, steps: 2, stepSize: 2 / 255 };

/** Searches and evaluates the loss once; the modes of the passes of each half. */
function modesOf({ search, loss }: Objective): { search: BatchNormMode[]; loss: BatchNormMode[]; views: string[] } {
  return tf.tidy(() => {
    modes.length = 0;
    const examples = search(classifier, batch, createRng(1));
    const searching = modes.splice(0);
    loss(classifier, examples);
    return { search: searching, loss: modes.splice(0), views: Object.keys(examples.views).sort() };
  });
}

describe('presets', () => {
  it('squeeze pairs its search and loss', () => {
    const used = modesOf(squeeze({ ...walk, beta: 6 }));
    expect(used.views).toEqual(['adversarial', 'collaborative', 'natural']);
    expect(new Set(used.search)).toEqual(new Set(['batch-frozen']));
    expect(used.loss).toEqual(['batch-frozen', 'batch-tracking', 'batch-tracking']);
  });

  it('squeeze says the divergence once, for search and loss', () => {
    tf.tidy(() => {
      const totals = (['symmetric-kl', 'js', 'l2'] as const).map((divergence) => {
        const { search, loss } = squeeze({ ...walk, beta: 6, divergence });
        return loss(classifier, search(classifier, batch, createRng(1))).total.dataSync()[0];
      });
      expect(new Set(totals).size).toBe(3);
    });
    expect(() => squeeze({ ...walk, beta: 6, divergence: 'kl' as 'js' })).toThrow(
      "divergence must be one of 'symmetric-kl'",
    );
  });

  it('squeeze becomes ST-RST with its passes and start', () => {
    const { search, loss } = squeeze({
      ...walk,
      beta: 6,
      start: 'uniform',
      passes: SQUEEZE_RST_PASSES,
      points: 'consistent',
    });
    expect(
      countTensors(() => {
        const examples = search(classifier, batch, createRng(1));
        tf.dispose([examples, loss(classifier, examples)]);
      }),
    ).toBe(0);
  });

  it('trades searches in inference mode and forwards natural, adversarial, natural', () => {
    const used = modesOf(trades({ ...walk, beta: 6 }));
    expect(used.views).toEqual(['adversarial', 'natural']);
    expect(new Set(used.search)).toEqual(new Set(['inference']));
    expect(used.loss).toEqual(['batch-tracking', 'batch-tracking', 'batch-tracking']);
  });

  it('adversarial training forwards the adversarial view alone; natural training the natural one', () => {
    expect(modesOf(adversarialTraining(walk))).toEqual({
      search: ['inference', 'inference'],
      loss: ['batch-tracking'],
      views: ['adversarial', 'natural'],
    });
    expect(modesOf(naturalTraining())).toEqual({ search: [], loss: ['batch-tracking'], views: ['natural'] });
  });

  it('refuse 8 for 8 / 255 and misspelt options', () => {
    expect(() => squeeze({ ...walk, epsilon: 8, beta: 6 })).toThrow('for 8 grey levels pass 8 / 255.');
    expect(() => trades({ ...walk, beta: 6, ...{ Steps: 3 } })).toThrow(
      "[@st/attacks] trades: unknown option 'Steps'; did you mean 'steps'?",
    );
    expect(() => adversarialTraining({ ...walk, ...{ beta: 6 } })).toThrow(
      "[@st/attacks] adversarialTraining: unknown option 'beta'",
    );
    expect(() => squeeze({ ...walk, beta: Number.NaN })).toThrow('beta must be a finite number >= 0, got NaN.');
  });

  it('carry the papers’ numbers in grey levels', () => {
    const grey = (value: number): number => Math.round(value * 255 * 1e9) / 1e9;
    expect([CIFAR10_LINF, CIFAR10_L2].map(({ epsilon }) => grey(epsilon))).toEqual([8, 128]);
    expect(
      [CIFAR10_TRAINING, SVHN_TRAINING].map(({ epsilon, steps, stepSize }) => [grey(epsilon), steps, grey(stepSize)]),
    ).toEqual([
      [8, 10, 2],
      [8, 10, 1],
    ]);
    expect([PGD_20, PGD_100].map(({ steps, stepSize }) => [steps, grey(stepSize)])).toEqual([
      [20, 2],
      [100, 2],
    ]);
  });
});
