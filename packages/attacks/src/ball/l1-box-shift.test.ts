import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { l1BoxShift } from './l1-box-shift.ts';
import { projectL1Box } from './project-l1-box.ts';

const image = (values: readonly number[]): tf.Tensor4D => tf.tensor4d([...values], [1, 1, values.length, 1]);

describe('l1BoxShift', () => {
  it('shrinks a perturbation by the least threshold, and undoes what leaves the box', () => {
    tf.tidy(() => {
      expectClose(l1BoxShift(image([0.5, 0.5, 0.5]), image([0.4, -0.3, 0.05]), 0.5), [-0.1, 0.1, -0.05]);
      expectClose(l1BoxShift(image([0.9, 0.5]), image([0.4, 0.1]), 5), [-0.3, 0]);
    });
  });

  it('returns pixels that must not move to their exact value', () => {
    tf.tidy(() => {
      const values = Array.from({ length: 50 }, (_, i) => 0.3 + 0.004 * i);
      const moves = values.map((_, i) => (i % 5 === 0 ? 0.4 : 0.01) * (i % 2 === 0 ? 1 : -1));
      const shift = l1BoxShift(image(values), image(moves), 2).dataSync();
      moves.forEach((move, i) => {
        if (i % 5 !== 0) expect(shift[i]).toBe(-Math.fround(move));
      });
    });
  });

  it('agrees with the exact projection', () => {
    const size = 12;
    const pixels = fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: size, maxLength: size });
    const moves = fc.array(fc.float({ min: -3, max: 3, noNaN: true }), { minLength: size, maxLength: size });
    fc.assert(
      fc.property(pixels, moves, fc.constantFrom(0.05, 0.5, 2, 20), (x, p, epsilon) => {
        tf.tidy(() => {
          const moved = tf.add(image(x), image(p)) as tf.Tensor4D;
          const reached = tf.add(moved, l1BoxShift(image(x), image(p), epsilon));
          expectClose(reached, projectL1Box(moved, image(x), epsilon), 1e-5);
        });
      }),
      { numRuns: 40, seed: 6 },
    );
  });

  it('leaks no tensor besides its result, and rejects another shape', () => {
    const x = image([0.2, 0.8]);
    expect(countTensors(() => l1BoxShift(x, x, 0.1).dispose())).toBe(0);
    expect(() => tf.tidy(() => l1BoxShift(x, image([1]), 1))).toThrow(
      '[@st/attacks] l1BoxShift: perturbation must be float32 [1, 1, 2, 1]',
    );
    x.dispose();
  });
});
