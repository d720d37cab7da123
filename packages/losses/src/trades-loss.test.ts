import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { crossEntropy } from './cross-entropy.ts';
import { klDivergence } from './kl-divergence.ts';
import { TRADES_PASSES, tradesLoss } from './trades-loss.ts';

describe('tradesLoss', () => {
  const natural = (): tf.Tensor2D => tf.tensor2d([[1, 0, -1]]);
  const adversarial = (): tf.Tensor2D => tf.tensor2d([[0, 0.5, 0]]);
  const labels = (): tf.Tensor1D => tf.tensor1d([0], 'int32');

  it('is CE(natural) + beta KL(natural || adversarial)', () => {
    tf.tidy(() => {
      const terms = tradesLoss({ beta: 6 })({ natural: natural(), adversarial: adversarial() }, labels());
      expectClose(terms.natural, crossEntropy(natural(), labels()));
      expectClose(terms.robust, klDivergence(natural(), adversarial()));
      expectClose(terms.adversarial, crossEntropy(adversarial(), labels()));
      expectClose(terms.total, tf.add(terms.natural, tf.mul(6, terms.robust)));
    });
  });

  it('smooths only the labels of the natural cross-entropy', () => {
    tf.tidy(() => {
      const terms = tradesLoss({ beta: 6, labelSmoothing: 0.1 })(
        { natural: natural(), adversarial: adversarial() },
        labels(),
      );
      expectClose(terms.natural, crossEntropy(natural(), labels(), { labelSmoothing: 0.1 }));
      expectClose(terms.adversarial, crossEntropy(adversarial(), labels()));
    });
  });

  it('has a gradient at both views: the target of the KL is not detached', () => {
    const [n, a, y] = [natural(), adversarial(), labels()];
    const loss = tradesLoss({ beta: 3 });
    expectGradient((z) => loss({ natural: z as tf.Tensor2D, adversarial: a }, y).total, n);
    expectGradient((z) => loss({ natural: n, adversarial: z as tf.Tensor2D }, y).total, a);
    tf.dispose([n, a, y]);
  });

  it('declares the published passes: natural, adversarial, and natural again for the statistics', () => {
    expect(tradesLoss({ beta: 6 }).passes).toBe(TRADES_PASSES);
    expect(TRADES_PASSES.map(({ view, use }) => `${view} ${use ?? 'logits'}`)).toEqual([
      'natural logits',
      'adversarial logits',
      'natural statistics',
    ]);
  });

  it('returns four terms and leaks none; rejects a NaN beta', () => {
    const [n, a, y] = [natural(), adversarial(), labels()];
    expect(countTensors(() => tf.dispose(tradesLoss({ beta: 6 })({ natural: n, adversarial: a }, y)))).toBe(0);
    tf.dispose([n, a, y]);
    expect(() => tradesLoss({ beta: Number.NaN })).toThrow(
      '[@st/losses] tradesLoss: beta must be a finite number >= 0, got NaN.',
    );
  });
});
