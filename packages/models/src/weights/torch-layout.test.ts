import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { fromTorchLayout, torchName, torchShape, toTorchLayout } from './torch-layout.ts';

describe('torch layout', () => {
  it('converts HWIO to OIHW as computed by hand', () => {
    // value = 1000 out + 100 in + 10 row + column
    const hwio = [0, 1].flatMap((h) =>
      [0, 1, 2].flatMap((w) => [0, 1].flatMap((i) => [0, 1, 2, 3].map((o) => 1000 * o + 100 * i + 10 * h + w))),
    );
    const oihw = [0, 1, 2, 3].flatMap((o) =>
      [0, 1].flatMap((i) => [0, 1].flatMap((h) => [0, 1, 2].map((w) => 1000 * o + 100 * i + 10 * h + w))),
    );
    const weight = tf.tensor(hwio, [2, 3, 2, 4]);
    expect(toTorchLayout(weight).shape).toEqual([4, 2, 2, 3]);
    expectClose(toTorchLayout(weight), oihw, 0);
    expectClose(fromTorchLayout(toTorchLayout(weight)), hwio, 0);
    expect(torchShape([2, 3, 2, 4])).toEqual([4, 2, 2, 3]);
  });

  it('converts [in, out] to [out, in] and keeps vectors', () => {
    expectClose(toTorchLayout(tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])), [1, 4, 2, 5, 3, 6], 0);
    expectClose(fromTorchLayout(tf.tensor2d([1, 4, 2, 5, 3, 6], [3, 2])), [1, 2, 3, 4, 5, 6], 0);
    expectClose(toTorchLayout(tf.tensor1d([1, 2])), [1, 2], 0);
    expect(torchShape([3])).toEqual([3]);
  });

  it('keeps the axes of other ranks', () => {
    expect(toTorchLayout(tf.zeros([2, 3, 4])).shape).toEqual([2, 3, 4]);
    expect(torchShape([2, 3, 4])).toEqual([2, 3, 4]);
  });

  it('returns one tensor and leaks none', () => {
    const weight = tf.zeros([2, 3]);
    expect(countTensors(() => toTorchLayout(weight).dispose())).toBe(0);
  });

  it('writes names with dots', () => {
    expect(torchName('layer1.0.conv1/weight')).toBe('layer1.0.conv1.weight');
  });
});
