import { countTensors, expectClose, expectGradient } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { MART_PASSES, martLoss } from './mart-loss.ts';

const y = (...labels: number[]): tf.Tensor1D => tf.tensor1d(labels, 'int32');

describe('martLoss', () => {
  it('is the boosted cross-entropy plus beta times the weighted divergence, computed by hand', () => {
    tf.tidy(() => {
      const natural = tf.tensor2d([[Math.log(3), 0]]); // probabilities 3/4, 1/4
      const adversarial = tf.tensor2d([[0, Math.log(3)]]); // 1/4, 3/4
      const terms = martLoss({ beta: 5 })({ natural, adversarial }, y(0));
      const boosted = Math.log(4) - Math.log(1.0001 - 0.75);
      const robust = 0.5 * Math.log(3) * 0.25;
      expectClose(terms.boosted, [boosted]);
      expectClose(terms.robust, [robust]);
      expectClose(terms.adversarial, [Math.log(4)]);
      expectClose(terms.natural, [Math.log(4 / 3)]);
      expectClose(terms.total, [boosted + 5 * robust]);
    });
  });

  it('lowers the strongest wrong class, whether or not it is the prediction', () => {
    tf.tidy(() => {
      const adversarial = tf.log(
        tf.tensor2d([
          [0.6, 0.3, 0.1],
          [0.6, 0.3, 0.1],
        ]),
      ) as tf.Tensor2D;
      const { boosted, adversarial: plain } = martLoss({ beta: 0 })({ natural: adversarial, adversarial }, y(0, 1));
      const pushed = (Math.log(1.0001 - 0.3) + Math.log(1.0001 - 0.6)) / 2;
      expectClose(tf.sub(boosted, plain), [-pushed]);
    });
  });

  it('weights the divergence by 1 - the natural true-class probability', () => {
    tf.tidy(() => {
      const natural = tf.tensor2d([
        [20, 0],
        [-20, 0],
      ]);
      const adversarial = tf.zeros<tf.Rank.R2>([2, 2]);
      // confident and correct: weight 0; confident and wrong: weight 1 on KL = log 2
      expectClose(martLoss({ beta: 1 })({ natural, adversarial }, y(0, 0)).robust, [Math.log(2) / 2]);
    });
  });

  it('has a gradient at both views, through the target of the divergence and its weights', () => {
    const labels = y(0, 2);
    const natural = tf.tensor2d([
      [1, 0.2, -1],
      [0.3, -0.4, 0],
    ]);
    const adversarial = tf.tensor2d([
      [0.1, 0.5, -0.3],
      [0.7, 0, 0.2],
    ]);
    const loss = martLoss({ beta: 5 });
    expectGradient((z) => loss({ natural: z as tf.Tensor2D, adversarial }, labels).total, natural);
    expectGradient((z) => loss({ natural, adversarial: z as tf.Tensor2D }, labels).total, adversarial);
    tf.dispose([labels, natural, adversarial]);
  });

  it('has a finite value and gradient where an adversarial probability is 0', () => {
    tf.tidy(() => {
      const natural = tf.tensor2d([[0, 0]]);
      const adversarial = tf.tensor2d([[-500, 500]]);
      const loss = martLoss({ beta: 1 });
      expectClose(loss({ natural, adversarial }, y(0)).robust, [0.5 * (0.5 * Math.log(1e12) - Math.log(2))], 1e-3);
      const gradient = tf.grad((z) => loss({ natural, adversarial: z as tf.Tensor2D }, y(0)).total)(adversarial);
      expect([...gradient.dataSync()].every(Number.isFinite)).toBe(true);
    });
  });

  it('declares the published passes, natural before adversarial', () => {
    expect(martLoss({ beta: 5 }).passes).toBe(MART_PASSES);
    expect(MART_PASSES.map(({ view, mode }) => `${view} ${mode}`)).toEqual([
      'natural batch-tracking',
      'adversarial batch-tracking',
    ]);
  });

  it('returns five terms and leaks none; rejects a negative beta and label smoothing', () => {
    const [z, labels] = [tf.ones<tf.Rank.R2>([1, 2]), y(0)];
    expect(countTensors(() => tf.dispose(martLoss({ beta: 5 })({ natural: z, adversarial: z }, labels)))).toBe(0);
    tf.dispose([z, labels]);
    expect(() => martLoss({ beta: -1 })).toThrow('[@st/losses] martLoss: beta must be a finite number >= 0, got -1.');
    expect(() => martLoss({ beta: 1, ...{ labelSmoothing: 0.1 } })).toThrow(
      "[@st/losses] martLoss: unknown option 'labelSmoothing'. Known: beta.",
    );
  });
});
