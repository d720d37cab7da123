import { createRng } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { columnMean } from './column-mean.ts';

describe('columnMean', () => {
  it.each([
    { shape: [3, 4, 5, 2] },
    { shape: [1, 4, 5, 2] },
    { shape: [3, 1, 1, 2] },
    { shape: [1, 1, 1, 2] },
    { shape: [7, 2] },
    { shape: [1, 2] },
  ])('is the mean over all axes but the last of $shape', ({ shape }) => {
    const x = createRng(1).normal(shape as [number]);
    const mean = columnMean(x);
    expect(mean.shape).toEqual([2]);
    expectClose(
      mean,
      tf.mean(
        x,
        shape.slice(1).map((_, axis) => axis),
      ),
    );
  });

  it('returns one tensor and leaks none', () => {
    const x = createRng(1).normal([2, 3, 3, 2]);
    expect(countTensors(() => columnMean(x).dispose())).toBe(0);
  });
});
