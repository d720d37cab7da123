import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { adversarialLoss } from './adversarial-loss.ts';
import type { LabelSmoothing } from './label-smoothing.ts';
import { naturalLoss } from './natural-loss.ts';

const LOSSES = [
  {
    view: 'adversarial',
    name: 'adversarialLoss',
    run: (z: tf.Tensor2D, y: tf.Tensor1D, options?: LabelSmoothing) => adversarialLoss(options)({ adversarial: z }, y),
  },
  {
    view: 'natural',
    name: 'naturalLoss',
    run: (z: tf.Tensor2D, y: tf.Tensor1D, options?: LabelSmoothing) => naturalLoss(options)({ natural: z }, y),
  },
];

describe.each(LOSSES)('the $view loss', ({ view, name, run }) => {
  it('returns the cross-entropy at its view, by name and as the total', () => {
    tf.tidy(() => {
      const terms = run(tf.tensor2d([[0, Math.log(3)]]), tf.tensor1d([0], 'int32'));
      expect(Object.keys(terms)).toEqual([view, 'total']);
      for (const term of Object.values(terms)) expectClose(term, [Math.log(4)]);
    });
  });

  it('applies label smoothing, and rejects a share of 1', () => {
    tf.tidy(() => {
      const [z, y] = [tf.tensor2d([[0, Math.log(3)]]), tf.tensor1d([0], 'int32')];
      expectClose(run(z, y, { labelSmoothing: 0.2 }).total, [0.9 * Math.log(4) + 0.1 * Math.log(4 / 3)]);
      expect(() => run(z, y, { labelSmoothing: 1 })).toThrow(
        `[@st/losses] ${name}: labelSmoothing must be a finite number in [0, 1), got 1.`,
      );
    });
  });

  it('returns two terms and leaks no tensor', () => {
    const [z, y] = [tf.ones<tf.Rank.R2>([1, 2]), tf.tensor1d([0], 'int32')];
    expect(countTensors(() => tf.dispose(run(z, y)))).toBe(0);
    tf.dispose([z, y]);
  });
});

it('both forward their view in mode batch-tracking', () => {
  expect(adversarialLoss().passes).toEqual([{ view: 'adversarial', mode: 'batch-tracking' }]);
  expect(naturalLoss().passes).toEqual([{ view: 'natural', mode: 'batch-tracking' }]);
});
