import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { linf } from '../ball/threat.ts';
import type { Judge } from './attack.ts';
import { JudgedPoints } from './judged-points.ts';

/** The share of wrong passes is the value of the first pixel. */
const byBrightness: Judge = async (points) => {
  const values = await points.data();
  return Array.from({ length: points.shape[0] }, (_, row) => values[2 * row] ?? Number.NaN);
};

const pixels = (values: readonly number[]): tf.Tensor4D =>
  tf.tensor4d(
    values.flatMap((value) => [value, 0.5]),
    [values.length, 1, 1, 2],
  );

describe('JudgedPoints', () => {
  it('keeps the point of each example that most passes misclassify, and keeps the example active below a share of 2/3', async () => {
    const before = tf.memory().numTensors;
    const images = pixels([0.3, 0.5, 0.62]);
    const labels = tf.tensor1d([0, 0, 0], 'int32');
    const judged = new JudgedPoints({ images, labels }, linf(0.1), byBrightness);
    // the round's own `found` does not count: a share of 0.35 is no error, 0.55 is one; scaled to the radius they are 0.4, 0.6 and 0.72
    const left = await judged.take([0, 1, 2], {
      adversarial: pixels([0.35, 0.55, 0.65]),
      found: Uint8Array.of(1, 0, 1),
    });
    expect(left).toEqual([0, 1]);
    const worse = await judged.take([0, 1], { adversarial: pixels([0.25, 0.45]), found: Uint8Array.of(1, 1) });
    expect(worse).toEqual([0, 1]);
    const { adversarial, found } = judged.result();
    expect([...found]).toEqual([0, 1, 1]);
    const kept = [...adversarial.dataSync()].filter((_, i) => i % 2 === 0);
    expect(kept).toEqual([0.4, 0.6, 0.72].map((value) => expect.closeTo(value, 6)));
    judged.dispose();
    tf.dispose([images, labels, adversarial]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('judges no point outside the ball: one found too far away is scaled to the radius', async () => {
    const images = pixels([0.5]);
    const labels = tf.tensor1d([0], 'int32');
    const asked: number[] = [];
    const judged = new JudgedPoints({ images, labels }, linf(0.1), async (points, theirs) => {
      const shares = await byBrightness(points, theirs);
      asked.push(...Array.from(shares));
      return shares;
    });
    await judged.take([0], { adversarial: pixels([0.9]), found: Uint8Array.of(0) });
    expect(Math.max(...asked)).toBeLessThan(0.6 + 1e-6);
    judged.dispose();
    tf.dispose([images, labels]);
  });
});
