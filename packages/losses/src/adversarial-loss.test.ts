import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { adversarialLoss } from './adversarial-loss.ts';
import { naturalLoss } from './natural-loss.ts';

const LOSSES = [
  { view: 'adversarial', run: (z: tf.Tensor2D, y: tf.Tensor1D) => adversarialLoss()({ adversarial: z }, y) },
  { view: 'natural', run: (z: tf.Tensor2D, y: tf.Tensor1D) => naturalLoss()({ natural: z }, y) },
];

describe.each(LOSSES)('the $view loss', ({ view, run }) => {
  it('is cross-entropy at its view, once by name and once as the total', () => {
    tf.tidy(() => {
      const terms = run(tf.tensor2d([[0, Math.log(3)]]), tf.tensor1d([0], 'int32'));
      expect(Object.keys(terms)).toEqual([view, 'total']);
      for (const term of Object.values(terms)) expectClose(term, [Math.log(4)]);
    });
  });

  it('leaves its two terms, those of the caller', () => {
    const [z, y] = [tf.ones<tf.Rank.R2>([1, 2]), tf.tensor1d([0], 'int32')];
    expect(countTensors(() => tf.dispose(run(z, y)))).toBe(0);
    tf.dispose([z, y]);
  });
});

it('both forward their one view tracking the running statistics', () => {
  expect(adversarialLoss().passes).toEqual([{ view: 'adversarial', mode: 'batch-tracking' }]);
  expect(naturalLoss().passes).toEqual([{ view: 'natural', mode: 'batch-tracking' }]);
});
