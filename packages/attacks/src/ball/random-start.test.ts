import { createRng, type ThreatModel } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { type RandomStart, randomStart } from './random-start.ts';
import { l1, l2, linf } from './threat.ts';

/** 20 000 draws of four pixels. */
const MANY: [number, number, number, number] = [20_000, 1, 2, 2];
const sizes = (order: number, threat: ThreatModel, start: RandomStart = 'uniform'): Float32Array =>
  tf.tidy(() =>
    tf
      .norm(
        tf.reshape(randomStart(start, threat, MANY, createRng(1)), [MANY[0], -1]),
        order === 0 ? Infinity : order,
        1,
      )
      .dataSync(),
  ) as Float32Array;

describe('randomStart', () => {
  it.each([
    { name: 'linf', threat: linf(0.5), order: 0 },
    { name: 'l2', threat: l2(0.5), order: 2 },
    { name: 'l1', threat: l1(0.5), order: 1 },
  ])(
    'is uniform in the $name ball: the share of draws within half the radius is that of its volume',
    ({ threat, order }) => {
      const drawn = sizes(order, threat);
      expect(Math.max(...drawn)).toBeLessThanOrEqual(0.5 + 1e-6);
      const within = (radius: number): number => drawn.filter((size) => size <= radius).length / drawn.length;
      expect(Math.abs(within(0.25) - 0.5 ** 4)).toBeLessThan(0.01);
      expect(Math.abs(within(0.4) - 0.8 ** 4)).toBeLessThan(0.02);
    },
  );

  it.each([linf(0.5), l2(0.5), l1(0.5)])('has the same distribution for every pixel and sign in $norm', (threat) => {
    tf.tidy(() => {
      const { mean, variance } = tf.moments(randomStart('uniform', threat, MANY, createRng(2)), 0);
      expectClose(mean, [0, 0, 0, 0], 0.01);
      const spread = variance.dataSync();
      for (const value of spread) expect(Math.abs(value / (spread[0] ?? 0) - 1)).toBeLessThan(0.06);
    });
  });

  it('is N(0, 0.001^2) for gaussian in any ball', () => {
    tf.tidy(() => {
      const { mean, variance } = tf.moments(randomStart('gaussian', linf(8 / 255), MANY, createRng(3)));
      expectClose(tf.mul(mean, 1e3), [0], 0.02);
      expectClose(tf.mul(variance, 1e6), [1], 0.02);
    });
  });

  it.each([
    { name: 'linf', threat: linf(0.5), order: 0 },
    { name: 'l2', threat: l2(0.5), order: 2 },
    { name: 'l1', threat: l1(0.5), order: 1 },
  ])('has a length uniform in [0, epsilon) for radial, in the norm of the $name ball', ({ threat, order }) => {
    const drawn = sizes(order, threat, 'radial');
    expect(Math.max(...drawn)).toBeLessThanOrEqual(0.5 + 1e-6);
    const within = (radius: number): number => drawn.filter((size) => size <= radius).length / drawn.length;
    for (const share of [0.1, 0.5, 0.8]) expect(Math.abs(within(0.5 * share) - share)).toBeLessThan(0.015);
  });

  it('is the same for the same seed, and leaks no tensor besides its result', () => {
    tf.tidy(() => {
      const draw = (seed: number): number[] => [
        ...randomStart('uniform', l1(1), [1, 1, 3, 1], createRng(seed)).dataSync(),
      ];
      expect(draw(5)).toEqual(draw(5));
      expect(draw(5)).not.toEqual(draw(6));
    });
    for (const threat of [linf(0.1), l2(0.1), l1(0.1)]) {
      for (const start of ['uniform', 'radial'] as const) {
        expect(countTensors(() => randomStart(start, threat, [2, 1, 3, 1], createRng(1)).dispose())).toBe(0);
      }
    }
  });

  it('rejects an unknown start', () => {
    expect(() => randomStart('sobol' as RandomStart, linf(0.1), [1, 1, 1, 1], createRng(1))).toThrow(
      "[@st/attacks] randomStart: start must be one of 'uniform', 'gaussian', 'radial', got 'sobol'.",
    );
  });
});
