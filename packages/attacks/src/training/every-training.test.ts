import { asClassifier, type BatchNormMode, createRng, type Objective } from '@st/core';
import { SQUEEZE_RST_PASSES } from '@st/losses';
import { countTensors } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { L2_TRAINING } from '../published-settings.ts';
import { adversarialTraining } from './adversarial-training.ts';
import { alpTraining } from './alp-training.ts';
import { fgsmRsTraining } from './fgsm-rs-training.ts';
import { martTraining } from './mart-training.ts';
import { nFgsmTraining } from './n-fgsm-training.ts';
import { naturalTraining } from './natural-training.ts';
import { rstTradesTraining } from './rst-trades-training.ts';
import { squeezeTraining } from './squeeze-training.ts';
import { tradesTraining } from './trades-training.ts';

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

/** The modes of the forward passes of one search and one loss, and the views found. */
function modesOf({ search, loss }: Objective): { search: BatchNormMode[]; loss: BatchNormMode[]; views: string[] } {
  return tf.tidy(() => {
    modes.length = 0;
    const examples = search(classifier, batch, createRng(1));
    const searching = modes.splice(0);
    loss(classifier, examples);
    return { search: searching, loss: modes.splice(0), views: Object.keys(examples.views).sort() };
  });
}

describe('trainings', () => {
  it('squeeze joins squeezeSearch and squeezeLoss in their published modes', () => {
    const used = modesOf(squeezeTraining({ ...walk, beta: 6 }));
    expect(used.views).toEqual(['adversarial', 'collaborative', 'natural']);
    expect(new Set(used.search)).toEqual(new Set(['batch-frozen']));
    expect(used.loss).toEqual(['batch-frozen', 'batch-tracking', 'batch-tracking']);
  });

  it('squeeze uses one divergence for search and loss', () => {
    tf.tidy(() => {
      const totals = (['symmetric-kl', 'js', 'l2'] as const).map((divergence) => {
        const { search, loss } = squeezeTraining({ ...walk, beta: 6, divergence });
        return loss(classifier, search(classifier, batch, createRng(1))).total.dataSync()[0];
      });
      expect(new Set(totals).size).toBe(3);
    });
    expect(() => squeezeTraining({ ...walk, beta: 6, divergence: 'kl' as 'js' })).toThrow(
      "divergence must be one of 'symmetric-kl'",
    );
  });

  it('squeeze with the passes and start of ST-RST leaks no tensor', () => {
    const { search, loss } = squeezeTraining({
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
    const used = modesOf(tradesTraining({ ...walk, beta: 6 }));
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

  it.each([
    { name: 'mart', build: () => martTraining({ ...walk, beta: 5 }), loss: ['natural', 'adversarial'] },
    { name: 'alp', build: () => alpTraining({ ...walk, beta: 0.5 }), loss: ['natural', 'adversarial'] },
    { name: 'rstTrades', build: () => rstTradesTraining({ ...walk, beta: 6 }), loss: ['adversarial', 'natural'] },
  ])('$name searches in inference mode and forwards $loss in mode batch-tracking', ({ build, loss }) => {
    const seen: string[] = [];
    const watching = asClassifier(
      (images: tf.Tensor4D, mode: BatchNormMode) => {
        const same = tf.tidy(() => tf.max(tf.abs(tf.sub(images, batch.images))).dataSync()[0] === 0);
        seen.push(`${same ? 'natural' : 'adversarial'} ${mode}`);
        return tf.reshape(images, [images.shape[0], 4]);
      },
      { classes: 4 },
    );
    tf.tidy(() => {
      const { search, loss: lossOf } = build();
      const examples = search(watching, batch, createRng(1));
      expect(new Set(seen.splice(0).map((pass) => pass.split(' ')[1]))).toEqual(new Set(['inference']));
      lossOf(watching, examples);
      expect(seen).toEqual(loss.map((view) => `${view} batch-tracking`));
    });
  });

  it.each([
    { name: 'fgsmRs', build: () => fgsmRsTraining({ epsilon: 8 / 255 }) },
    { name: 'nFgsm', build: () => nFgsmTraining({ epsilon: 8 / 255 }) },
  ])('$name takes one forward pass for search and one for the loss, both in mode batch-tracking', ({ build }) => {
    expect(modesOf(build())).toEqual({
      search: ['batch-tracking'],
      loss: ['batch-tracking'],
      views: ['adversarial', 'natural'],
    });
  });

  it('trades, alp and adversarial training search the ball of another norm', () => {
    const small = { ...L2_TRAINING, epsilon: 0.2, steps: 2 };
    tf.tidy(() => {
      for (const objective of [
        tradesTraining({ ...small, beta: 6 }),
        alpTraining({ ...small, beta: 1 }),
        adversarialTraining(small),
      ]) {
        const { views } = objective.search(classifier, batch, createRng(1));
        const moved = tf.reshape(tf.sub(views.adversarial ?? 0, batch.images), [2, 4]);
        expect(Math.max(...tf.norm(moved, 2, 1).dataSync())).toBeLessThanOrEqual(0.2 + 1e-6);
        expect(tf.max(tf.abs(moved)).dataSync()[0]).toBeGreaterThan(8 / 255);
      }
    });
    expect(() => tradesTraining({ ...walk, norm: 'l1', beta: 6 })).toThrow(
      'threat must be an l-infinity or l2 ball, got l1: TRADES has no published search there.',
    );
  });

  it('pass label smoothing on to the loss', () => {
    tf.tidy(() => {
      const builders: ((options: { labelSmoothing?: number }) => Objective)[] = [
        (options) => squeezeTraining({ ...walk, ...options, beta: 1 }),
        (options) => tradesTraining({ ...walk, ...options, beta: 1 }),
        (options) => alpTraining({ ...walk, ...options, beta: 1 }),
        (options) => adversarialTraining({ ...walk, ...options }),
        (options) => fgsmRsTraining({ epsilon: 0.1, ...options }),
        (options) => nFgsmTraining({ epsilon: 0.1, ...options }),
        naturalTraining,
      ];
      for (const build of builders) {
        const total = (options: { labelSmoothing?: number }): number => {
          const { search, loss } = build(options);
          return loss(classifier, search(classifier, batch, createRng(1))).total.dataSync()[0] ?? Number.NaN;
        };
        expect(total({ labelSmoothing: 0.3 })).not.toBeCloseTo(total({}), 5);
        expect(() => build({ labelSmoothing: 1 })).toThrow('labelSmoothing must be a finite number in [0, 1), got 1.');
      }
    });
  });

  it('record the method, its options and its defaults as JSON settings', () => {
    const start = tf.zeros<tf.Rank.R4>([2, 2, 2, 1]);
    const labelSmoothing = 0;
    const told: [Objective, object][] = [
      [
        squeezeTraining({ ...walk, beta: 6, passes: SQUEEZE_RST_PASSES, start: 'uniform' }),
        {
          method: 'squeeze',
          ...walk,
          beta: 6,
          passes: SQUEEZE_RST_PASSES,
          start: 'uniform',
          divergence: 'symmetric-kl',
        },
      ],
      [tradesTraining({ ...walk, beta: 6 }), { method: 'trades', norm: 'linf', ...walk, beta: 6 }],
      [alpTraining({ ...walk, beta: 0.5 }), { method: 'alp', norm: 'linf', ...walk, beta: 0.5 }],
      [
        adversarialTraining({ ...L2_TRAINING, start, mode: 'batch-tracking' }),
        { method: 'at', ...L2_TRAINING, start: 'tensor [2,2,2,1]', mode: 'batch-tracking' },
      ],
      [fgsmRsTraining({ epsilon: 0.1 }), { method: 'fgsm-rs', epsilon: 0.1 }],
      [nFgsmTraining({ epsilon: 0.1, noise: 1 }), { method: 'n-fgsm', epsilon: 0.1, noise: 1 }],
      [naturalTraining(), { method: 'natural' }],
    ];
    for (const [{ settings }, expected] of told) expect(settings).toEqual({ ...expected, labelSmoothing });
    expect(martTraining({ ...walk, beta: 5 }).settings).toEqual({
      method: 'mart',
      ...walk,
      beta: 5,
      start: 'gaussian',
    });
    expect(rstTradesTraining({ ...walk, beta: 6 }).settings).toEqual({
      method: 'rst-trades',
      ...walk,
      beta: 6,
      entropyWeight: 0,
    });
    start.dispose();
  });

  it('reject 8 for 8 / 255 and misspelt options', () => {
    expect(() => squeezeTraining({ ...walk, epsilon: 8, beta: 6 })).toThrow('for 8 grey levels pass 8 / 255.');
    expect(() => tradesTraining({ ...walk, beta: 6, ...{ Steps: 3 } })).toThrow(
      "[@st/attacks] tradesTraining: unknown option 'Steps'; did you mean 'steps'?",
    );
    expect(() => adversarialTraining({ ...walk, ...{ beta: 6 } })).toThrow(
      "[@st/attacks] adversarialTraining: unknown option 'beta'",
    );
    for (const build of [martTraining, alpTraining, rstTradesTraining]) {
      expect(() => build({ ...walk, epsilon: 8, beta: 1 })).toThrow('for 8 grey levels pass 8 / 255.');
      expect(() => build({ ...walk, beta: 1, ...{ Steps: 3 } })).toThrow(
        "unknown option 'Steps'; did you mean 'steps'?",
      );
    }
    for (const build of [fgsmRsTraining, nFgsmTraining]) {
      expect(() => build({ epsilon: 8 })).toThrow('for 8 grey levels pass 8 / 255.');
      expect(() => build({ epsilon: 0.1, ...{ steps: 3 } })).toThrow("unknown option 'steps'");
    }
    expect(() => squeezeTraining({ ...walk, beta: Number.NaN })).toThrow('beta must be a finite number >= 0, got NaN.');
  });
});
