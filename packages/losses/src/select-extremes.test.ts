import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type OfViews, pickViews, selectExtremes } from './select-extremes.ts';

const labels = (...values: number[]): tf.Tensor1D => tf.tensor1d(values, 'int32');

/** Two-class logits for label 0 with the given true-class logits, one row per view. */
function views(natural: number[], collaborative: number[], adversarial: number[]): OfViews<tf.Tensor2D> {
  const rows = (values: number[]): tf.Tensor2D => tf.tensor2d(values.map((value) => [value, 0]));
  return { natural: rows(natural), collaborative: rows(collaborative), adversarial: rows(adversarial) };
}

describe('selectExtremes', () => {
  it('selects as upper the view with the lowest, as lower the one with the highest true-class probability', () => {
    tf.tidy(() => {
      const { upper, lower } = selectExtremes(views([1, 0, 2], [2, 1, 0], [0, 2, 1]), labels(0, 0, 0));
      expect([...upper.dataSync()]).toEqual([2, 0, 1]);
      expect([...lower.dataSync()]).toEqual([1, 2, 0]);
    });
  });

  it('breaks ties in the order natural, collaborative, adversarial', () => {
    tf.tidy(() => {
      const { upper, lower } = selectExtremes(views([1, 1, 0, 1], [1, 1, 1, 0], [1, 0, 1, 0]), labels(0, 0, 0, 0));
      expect([...upper.dataSync()]).toEqual([0, 2, 0, 1]);
      expect([...lower.dataSync()]).toEqual([0, 0, 1, 0]);
    });
  });

  it('treats views whose probabilities round to 1 as equal, even if their logits differ', () => {
    tf.tidy(() => {
      const { upper, lower } = selectExtremes(views([30], [60], [90]), labels(0));
      expect([...upper.dataSync(), ...lower.dataSync()]).toEqual([0, 0]);
    });
  });

  it('equals argmin and argmax over the three true-class probabilities', () => {
    const three = fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(three, { minLength: 1, maxLength: 6 }), (rows) => {
        tf.tidy(() => {
          const column = (view: number): number[] => rows.map((row) => row[view] ?? 0);
          const { upper, lower } = selectExtremes(views(column(0), column(1), column(2)), labels(...rows.map(() => 0)));
          expect([...upper.dataSync()]).toEqual(rows.map((row) => row.indexOf(Math.min(...row))));
          expect([...lower.dataSync()]).toEqual(rows.map((row) => row.indexOf(Math.max(...row))));
        });
      }),
      { seed: 2, numRuns: 50 },
    );
  });

  it('returns two tensors and leaks none', () => {
    const logits = views([1], [2], [3]);
    const y = labels(0);
    expect(countTensors(() => tf.dispose(selectExtremes(logits, y)))).toBe(0);
    tf.dispose([logits, y]);
  });

  it('rejects views of different sizes', () => {
    tf.tidy(() => {
      expect(() => selectExtremes(views([1], [1, 2], [1]), labels(0))).toThrow(
        '[@st/losses] selectExtremes: both logits must have the same shape, got [1,2] and [2,2].',
      );
      expect(() => selectExtremes(views([1], [1], [1]), labels(0, 0))).toThrow('labels must be int32 [1]');
    });
  });
});

describe('pickViews', () => {
  const images: OfViews<tf.Tensor4D> = {
    natural: tf.fill([3, 1, 2, 1], 1),
    collaborative: tf.fill([3, 1, 2, 1], 2),
    adversarial: tf.fill([3, 1, 2, 1], 3),
  };

  it('takes each example from its selected view, and passes the gradient to that view only', () => {
    tf.tidy(() => {
      const choice = labels(2, 0, 1);
      expectClose(pickViews(choice, images), [3, 3, 1, 1, 2, 2]);
      const gradients = tf.grads((natural, collaborative, adversarial) =>
        tf.sum(pickViews(choice, { natural, collaborative, adversarial } as OfViews<tf.Tensor>)),
      )([images.natural, images.collaborative, images.adversarial]);
      expect(gradients.map((gradient) => [...gradient.dataSync()])).toEqual([
        [0, 0, 1, 1, 0, 0],
        [0, 0, 0, 0, 1, 1],
        [1, 1, 0, 0, 0, 0],
      ]);
    });
  });

  it('ignores NaN in a view that is not selected', () => {
    tf.tidy(() => {
      expectClose(
        pickViews(labels(1, 1, 2), { ...images, natural: tf.fill([3, 1, 2, 1], Number.NaN) }),
        [2, 2, 2, 2, 3, 3],
      );
    });
  });

  it('rejects a choice for another batch size', () => {
    tf.tidy(() => {
      expect(() => pickViews(labels(0, 1), images)).toThrow(
        '[@st/losses] pickViews: the views must have one shape [2, ...], one row per choice, got natural Tensor float32 [3,1,2,1]',
      );
    });
  });
});
