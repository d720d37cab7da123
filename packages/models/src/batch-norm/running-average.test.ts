import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { runningAverage } from './running-average.ts';

describe('runningAverage', () => {
  it('equals the average computed by hand: 0.9 x 2 + 0.1 x 4 / 3 x 6', () => {
    const average = runningAverage(tf.tensor1d([2]), tf.tensor1d([6]), { momentum: 0.1, correction: 4 / 3 });
    expectClose(average, [2.6]);
  });

  it('has the correct gradient', () => {
    const options = { momentum: 0.25, correction: 2 };
    const gradients = tf.grads((running, batch) =>
      tf.sum(runningAverage(running as tf.Tensor, batch as tf.Tensor, options)),
    );
    const [running, batch] = gradients([tf.tensor1d([1]), tf.tensor1d([1])]);
    expectClose(running ?? [], [0.75]);
    expectClose(batch ?? [], [0.5]);
  });

  it('returns one tensor and leaks none', () => {
    const [running, batch] = [tf.ones([2]), tf.ones([2])];
    expect(countTensors(() => runningAverage(running, batch, { momentum: 0.1, correction: 1 }).dispose())).toBe(0);
  });
});
