import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { ALP_PASSES, alpLoss } from './alp-loss.ts';
import { crossEntropy } from './cross-entropy.ts';

describe('alpLoss', () => {
  const natural = (): tf.Tensor2D => tf.tensor2d([[1, 0, -1]]);
  const adversarial = (): tf.Tensor2D => tf.tensor2d([[0, 0.5, 1]]);
  const labels = (): tf.Tensor1D => tf.tensor1d([0], 'int32');

  it('is the mean of both cross-entropies plus beta times the mean squared difference of the logits', () => {
    tf.tidy(() => {
      const [ceNatural, ceAdversarial] = [natural(), adversarial()].map(
        (z) => crossEntropy(z, labels()).dataSync()[0] ?? 0,
      );
      const terms = alpLoss({ beta: 0.5 })({ natural: natural(), adversarial: adversarial() }, labels());
      expectClose(terms.natural, [ceNatural ?? 0]);
      expectClose(terms.adversarial, [ceAdversarial ?? 0]);
      expectClose(terms.pairing, [(1 + 0.25 + 4) / 3]);
      expectClose(terms.total, [((ceNatural ?? 0) + (ceAdversarial ?? 0)) / 2 + 0.5 * (5.25 / 3)]);
    });
  });

  it('smooths the labels of both cross-entropies', () => {
    tf.tidy(() => {
      const terms = alpLoss({ beta: 0, labelSmoothing: 0.1 })(
        { natural: natural(), adversarial: adversarial() },
        labels(),
      );
      expectClose(terms.natural, crossEntropy(natural(), labels(), { labelSmoothing: 0.1 }));
      expectClose(terms.adversarial, crossEntropy(adversarial(), labels(), { labelSmoothing: 0.1 }));
    });
  });

  it('has a gradient at both views', () => {
    const [n, a, y] = [natural(), adversarial(), labels()];
    const loss = alpLoss({ beta: 0.5 });
    expectGradient((z) => loss({ natural: z as tf.Tensor2D, adversarial: a }, y).total, n);
    expectGradient((z) => loss({ natural: n, adversarial: z as tf.Tensor2D }, y).total, a);
    tf.dispose([n, a, y]);
  });

  it('forwards natural, then adversarial; returns four terms and leaks none; rejects different shapes and a NaN weight', () => {
    expect(alpLoss({ beta: 1 }).passes).toBe(ALP_PASSES);
    expect(ALP_PASSES.map(({ view, mode }) => `${view} ${mode}`)).toEqual([
      'natural batch-tracking',
      'adversarial batch-tracking',
    ]);
    const [n, a, y, other] = [natural(), adversarial(), labels(), tf.zeros<tf.Rank.R2>([1, 2])];
    expect(countTensors(() => tf.dispose(alpLoss({ beta: 1 })({ natural: n, adversarial: a }, y)))).toBe(0);
    expect(() => alpLoss({ beta: 1 })({ natural: n, adversarial: other }, y)).toThrow(
      '[@st/losses] alpLoss: both logits must have the same shape, got [1,3] and [1,2].',
    );
    tf.dispose([n, a, y, other]);
    expect(() => alpLoss({ beta: Number.NaN })).toThrow(
      '[@st/losses] alpLoss: beta must be a finite number >= 0, got NaN.',
    );
  });
});
