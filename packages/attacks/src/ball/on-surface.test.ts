import type { ThreatModel } from '@st/core';
import { keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { onSurface } from './on-surface.ts';
import { l1, l2, linf } from './threat.ts';

function moved(threat: ThreatModel, moves: readonly number[], image = [0.5, 0.5, 0.5]): number[] {
  const [images, points] = [image, image.map((pixel, i) => pixel + (moves[i] ?? 0))].map((values) =>
    tf.tensor4d(values, [1, 1, 1, 3]),
  ) as [tf.Tensor4D, tf.Tensor4D];
  const before = tf.memory().numTensors;
  const surface = onSurface(threat, points, images);
  expect(tf.memory().numTensors).toBe(before + 1);
  keep(images, points, surface);
  return Array.from(surface.dataSync(), (value, i) => value - (image[i] ?? 0));
}

const CASES: readonly (readonly [string, ThreatModel, number[], number[]])[] = [
  ['l-infinity', linf(0.2), [0.1, -0.05, 0], [0.2, -0.1, 0]],
  ['l2', l2(0.5), [0.03, -0.04, 0], [0.3, -0.4, 0]],
  ['l1', l1(0.4), [0.03, -0.01, 0], [0.3, -0.1, 0]],
  ['l-infinity, a point outside it', linf(0.1), [0.4, -0.2, 0], [0.1, -0.05, 0]],
  ['radii that differ by channel, one of them 0', linf([0.2, 0.1, 0]), [0.05, 0.05, 0], [0.1, 0.1, 0]],
];

describe('onSurface', () => {
  it.each(CASES)('scales perturbations to length epsilon: %s', (_, threat, moves, expected) => {
    for (const [i, move] of moved(threat, moves).entries()) expect(move).toBeCloseTo(expected[i] ?? Number.NaN, 6);
  });

  it('stays in [0, 1], and does not change an unperturbed image', () => {
    expect(moved(linf(0.2), [0.1, 0.1, -0.1], [0.9, 0.5, 0.05])).toEqual([
      expect.closeTo(0.1, 6),
      expect.closeTo(0.2, 6),
      expect.closeTo(-0.05, 6),
    ]);
    expect(moved(l2(0.2), [0, 0, 0])).toEqual([0, 0, 0]);
  });
});
