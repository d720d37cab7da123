import { UNLABELED } from '@st/core';
import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { crossEntropy } from './cross-entropy.ts';
import { klDivergence } from './kl-divergence.ts';
import { RST_TRADES_PASSES, rstTradesLoss } from './rst-trades-loss.ts';
import { tradesLoss } from './trades-loss.ts';

describe('rstTradesLoss', () => {
  const natural = (): tf.Tensor2D =>
    tf.tensor2d([
      [0, Math.log(3)],
      [0, 0],
      [2, -1],
    ]);
  const adversarial = (): tf.Tensor2D =>
    tf.tensor2d([
      [0.5, 0],
      [1, 0],
      [0, 0.3],
    ]);
  const labels = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');
  const rowOf = (rows: tf.Tensor2D, row: number): tf.Tensor2D => tf.slice(rows, [row, 0], [1, 2]);

  it('is the cross-entropy of the labeled examples, the KL of all and the entropy of the unlabeled ones', () => {
    tf.tidy(() => {
      const [n, a] = [natural(), adversarial()];
      const terms = rstTradesLoss({ beta: 6, entropyWeight: 0.3 })(
        { natural: n, adversarial: a },
        labels(0, UNLABELED, 1),
      );
      const labeled = [rowOf(n, 0), rowOf(n, 2)];
      const mean = tf.div(tf.addN(labeled.map((row, i) => crossEntropy(row, labels(i)))), 2);
      expectClose(terms.natural, mean as tf.Scalar);
      expectClose(terms.robust, klDivergence(n, a));
      expectClose(terms.entropy, [Math.log(2)]);
      const report = tf.div(tf.add(crossEntropy(rowOf(a, 0), labels(0)), crossEntropy(rowOf(a, 2), labels(1))), 2);
      expectClose(terms.adversarial, report as tf.Scalar);
      expectClose(terms.total, tf.addN([terms.natural, tf.mul(6, terms.robust), tf.mul(0.3, terms.entropy)]));
    });
  });

  it('equals TRADES if every example is labeled', () => {
    tf.tidy(() => {
      const logits = { natural: natural(), adversarial: adversarial() };
      const { total, entropy } = rstTradesLoss({ beta: 6, entropyWeight: 1 })(logits, labels(0, 1, 1));
      expectClose(total, tradesLoss({ beta: 6 })(logits, labels(0, 1, 1)).total);
      expectClose(entropy, [0]);
    });
  });

  it('has cross-entropy 0, not NaN, if no example is labeled', () => {
    tf.tidy(() => {
      const logits = { natural: natural(), adversarial: adversarial() };
      const terms = rstTradesLoss({ beta: 6 })(logits, labels(UNLABELED, UNLABELED, UNLABELED));
      expectClose(terms.natural, [0]);
      expectClose(terms.total, tf.mul(6, terms.robust) as tf.Scalar);
    });
  });

  it('has the gradient of finite differences', () => {
    const [n, a, y] = [natural(), adversarial(), labels(0, UNLABELED, 1)];
    const loss = rstTradesLoss({ beta: 3, entropyWeight: 0.7 });
    expectGradient((z) => loss({ natural: z as tf.Tensor2D, adversarial: a }, y).total, n);
    expectGradient((z) => loss({ natural: n, adversarial: z as tf.Tensor2D }, y).total, a);
    tf.dispose([n, a, y]);
  });

  it('forwards adversarial, then natural; returns five terms and leaks none; rejects a negative weight', () => {
    expect(rstTradesLoss({ beta: 6 }).passes).toBe(RST_TRADES_PASSES);
    expect(RST_TRADES_PASSES.map(({ view, mode }) => `${view} ${mode}`)).toEqual([
      'adversarial batch-tracking',
      'natural batch-tracking',
    ]);
    const [n, a, y] = [natural(), adversarial(), labels(0, UNLABELED, 1)];
    expect(countTensors(() => tf.dispose(rstTradesLoss({ beta: 6 })({ natural: n, adversarial: a }, y)))).toBe(0);
    tf.dispose([n, a, y]);
    expect(() => rstTradesLoss({ beta: 6, entropyWeight: -1 })).toThrow(
      '[@st/losses] rstTradesLoss: entropyWeight must be a finite number >= 0, got -1.',
    );
  });
});
