import type { View } from '@st/core';
import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { crossEntropy } from './cross-entropy.ts';
import { DIVERGENCES, type Divergence, divergenceNamed } from './divergence.ts';
import { SQUEEZE_PASSES, type SqueezeLossOptions, squeezeLoss } from './squeeze-loss.ts';

type Logits = { readonly [V in View]: tf.Tensor2D };

const LABELS = [0, 1];
const options = { beta: 6, divergence: 'symmetric-kl' } satisfies SqueezeLossOptions;

/** Example 0: upper adversarial, lower collaborative. Example 1: upper natural, lower adversarial. */
function someLogits(): Logits {
  return {
    natural: tf.tensor2d([
      [1, 0, 0],
      [1, 0, 0],
    ]),
    collaborative: tf.tensor2d([
      [2, 0, 0],
      [0, 0.5, 0],
    ]),
    adversarial: tf.tensor2d([
      [0, 1, 0],
      [0, 2, 0],
    ]),
  };
}

describe('squeezeLoss', () => {
  it.each(DIVERGENCES)('is CE(natural) + beta r(upper, lower), with %s', (divergence) => {
    tf.tidy(() => {
      const labels = tf.tensor1d(LABELS, 'int32');
      const logits = someLogits();
      const upper = tf.tensor2d([
        [0, 1, 0],
        [1, 0, 0],
      ]);
      const lower = tf.tensor2d([
        [2, 0, 0],
        [0, 2, 0],
      ]);
      const terms = squeezeLoss({ beta: 6, divergence })(logits, labels);
      const squeeze = divergenceNamed(divergence)(upper, lower);
      expectClose(terms.natural, crossEntropy(logits.natural, labels));
      expectClose(terms.squeeze, squeeze);
      expectClose(terms.upper, crossEntropy(upper, labels));
      expectClose(terms.lower, crossEntropy(lower, labels));
      expectClose(terms.total, tf.add(terms.natural, tf.mul(6, squeeze)));
    });
  });

  it('smooths only the labels of the natural cross-entropy', () => {
    tf.tidy(() => {
      const labels = tf.tensor1d(LABELS, 'int32');
      const smooth = squeezeLoss({ ...options, labelSmoothing: 0.2 })(someLogits(), labels);
      const plain = squeezeLoss(options)(someLogits(), labels);
      expectClose(smooth.natural, crossEntropy(someLogits().natural, labels, { labelSmoothing: 0.2 }));
      for (const term of ['squeeze', 'upper', 'lower'] as const) expectClose(smooth[term], plain[term]);
    });
  });

  it('has the gradient of finite differences at each view, also at the natural view where it is selected', () => {
    const logits = someLogits();
    const labels = tf.tensor1d(LABELS, 'int32');
    const loss = squeezeLoss({ beta: 2, divergence: 'js' });
    for (const view of ['natural', 'collaborative', 'adversarial'] as const) {
      expectGradient((z) => loss({ ...logits, [view]: z as tf.Tensor2D }, labels).total, logits[view]);
    }
    tf.dispose([logits, labels]);
  });

  it('has a finite value and gradient for logits of +-1e4', () => {
    tf.tidy(() => {
      const views = [-1e4, 1e4, 0].map((value) => tf.tensor2d([[value, -value, 0]]));
      const loss = squeezeLoss(options);
      const { value, grads } = tf.valueAndGrads((natural, collaborative, adversarial) => {
        const logits = { natural, collaborative, adversarial } as Logits;
        return loss(logits, tf.tensor1d([0], 'int32')).total;
      })(views);
      for (const tensor of [value, ...grads]) expect(Array.from(tensor.dataSync()).every(Number.isFinite)).toBe(true);
    });
  });

  it('returns five terms and leaks none', () => {
    const logits = someLogits();
    const labels = tf.tensor1d(LABELS, 'int32');
    expect(countTensors(() => tf.dispose(squeezeLoss(options)(logits, labels)))).toBe(0);
    tf.dispose([logits, labels]);
  });

  it('declares the published passes', () => {
    expect(squeezeLoss(options).passes).toBe(SQUEEZE_PASSES);
    expect(SQUEEZE_PASSES.map(({ view, mode }) => `${view} ${mode}`)).toEqual([
      'collaborative batch-frozen',
      'natural batch-tracking',
      'adversarial batch-tracking',
    ]);
  });

  it('rejects a negative beta, an unknown divergence and a misspelled option', () => {
    expect(() => squeezeLoss({ ...options, beta: -1 })).toThrow(
      '[@st/losses] squeezeLoss: beta must be a finite number >= 0, got -1.',
    );
    expect(() => squeezeLoss({ ...options, divergence: 'cosine' as Divergence })).toThrow(
      "[@st/losses] squeezeLoss: divergence must be one of 'symmetric-kl', 'symmetric-kl-plain', 'js', 'l2', got 'cosine'.",
    );
    expect(() => squeezeLoss({ ...options, ...{ Beta: 1 } })).toThrow("unknown option 'Beta'; did you mean 'beta'?");
  });
});
