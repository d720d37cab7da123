import { createRng, type Rng } from '@st/core';
import { describe, expect, it } from 'vitest';

import { arrayDataset } from '../../sets/array-dataset.ts';
import { augmented } from '../augmented.ts';
import { autoAugment } from './auto-augment.ts';
import { CIFAR10_POLICY } from './cifar10-policy.ts';
import { OPERATIONS } from './operations.ts';

const random = createRng(5);
const PIXELS = Uint8Array.from({ length: 6 * 5 * 3 }, () => random.integer(256));
const shape = [6, 5, 3] as const;
const set = arrayDataset({ name: 'random', pixels: PIXELS, labels: [0], imageShape: shape, classes: 2 });
const black = [0, 0, 0];

/** Draws the sub-policy `policy`, then `fractions` for chance and sign of its two steps. */
function scripted(policy: number, fractions: number[]): Rng {
  return { ...createRng(0), integer: () => policy, next: () => fractions.shift() ?? Number.NaN };
}

describe('autoAugment', () => {
  it('has the 25 sub-policies, whose levels and probabilities are in range', () => {
    expect(CIFAR10_POLICY).toHaveLength(25);
    for (const [name, probability, level] of CIFAR10_POLICY.flat()) {
      expect(Object.keys(OPERATIONS)).toContain(name);
      expect(probability).toBeGreaterThanOrEqual(0);
      expect(probability).toBeLessThanOrEqual(1);
      expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(level);
    }
  });

  it('applies the two operations in order, each with its probability and sign', () => {
    const image = { pixels: PIXELS, shape };
    const apply = (fractions: number[]): number[] =>
      Array.from(augmented(set, [autoAugment()]).image(0, scripted(1, fractions))); // Rotate 0.7 at 2, TranslateX 0.3 at 9
    const turned = OPERATIONS.Rotate(image, 2, 1, black);
    expect(apply([0.7, 0.9, 0.3, 0.9])).toEqual(Array.from(PIXELS));
    expect(apply([0.69, 0.9, 0.3, 0.9])).toEqual(Array.from(turned.pixels));
    expect(apply([0.69, 0.9, 0.29, 0.1])).toEqual(Array.from(OPERATIONS.TranslateX(turned, 9, -1, black).pixels));
  });

  it('fills the pixels that a shift uncovers with the color given', () => {
    const gray = augmented(set, [autoAugment({ fill: [0.2, 0.4, 0.6] })]);
    const image = gray.image(0, scripted(21, [0, 0.9, 1, 0])); // TranslateY at 9, down: 150 / 331 of 6 rows are 2
    expect(Array.from(image.slice(4 * 15, 4 * 15 + 3))).toEqual([51, 102, 153]);
    expect(Array.from(image.slice(0, 15))).toEqual(Array.from(PIXELS.slice(30, 45)));
  });

  it('takes the same number of draws for every image, and gives the same image for the same generator', () => {
    const counted = (seed: number): { pixels: string; draws: number } => {
      const rng = createRng(seed);
      let draws = 0;
      const counting: Rng = {
        ...rng,
        next: () => {
          draws++;
          return rng.next();
        },
        integer: (bound) => {
          draws++;
          return rng.integer(bound);
        },
      };
      return { pixels: augmented(set, [autoAugment()]).image(0, counting).join(), draws };
    };
    const results = Array.from({ length: 40 }, (_, seed) => counted(seed));
    expect(new Set(results.map(({ draws }) => draws))).toEqual(new Set([5]));
    expect(counted(3)).toEqual(results[3]);
    expect(new Set(results.map(({ pixels }) => pixels)).size).toBeGreaterThan(20);
  });

  it('gives the same result for float images as for their bytes', () => {
    const floats = arrayDataset({
      name: 'floats',
      pixels: Float32Array.from(PIXELS, (value) => value / 255),
      labels: [0],
      imageShape: shape,
      classes: 2,
    });
    for (let seed = 0; seed < 10; seed++) {
      const bytes = augmented(set, [autoAugment()]).image(0, createRng(seed));
      const unit = augmented(floats, [autoAugment()]).image(0, createRng(seed));
      expect(Array.from(unit)).toEqual(Array.from(Float32Array.from(bytes, (value) => value / 255)));
    }
  });

  it('rejects images of two channels', () => {
    const two = arrayDataset({
      name: 'two',
      pixels: new Uint8Array(8),
      labels: [0],
      imageShape: [2, 2, 2],
      classes: 2,
    });
    expect(() => augmented(two, [autoAugment()]).image(0, createRng(1))).toThrow(
      '[@st/data] autoAugment: images must have 1 or 3 channels, got 2.',
    );
  });
});
