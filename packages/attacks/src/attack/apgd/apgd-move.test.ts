import type { ThreatModel } from '@st/core';
import { NORMS } from '@st/core/kit';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { l1, l2, linf } from '../../ball/threat.ts';
import { distanceBetween, rowsOf } from '../../fixtures/several-classes.fixture.ts';
import { type ApgdMove, apgdMove } from './apgd-move.ts';
import { apgdStart } from './apgd-start.ts';

const image = (values: readonly number[]): tf.Tensor4D => tf.tensor4d([...values], [1, 1, values.length, 1]);
const threatOf = (norm: ThreatModel['norm'], epsilon: number): ThreatModel => ({ linf, l2, l1 })[norm](epsilon);

function move(
  threat: ThreatModel,
  at: Partial<Record<'images' | 'points' | 'previous' | 'gradient', number[]>>,
  others: Partial<ApgdMove>,
): number[] {
  return tf.tidy(() => {
    const images = image(at.images ?? []);
    const points = image(at.points ?? at.images ?? []);
    const previous = image(at.previous ?? at.points ?? at.images ?? []);
    const gradient = image(at.gradient ?? []);
    const tensors = { images, points, previous, gradient };
    return [...apgdMove(threat, { ...tensors, stepSizes: [0.1], leftOut: [0], isFirst: false, ...others }).dataSync()];
  });
}

describe('apgdMove', () => {
  it('takes the whole step in the steepest direction of the norm in the first iteration', () => {
    const at = { images: [0.5, 0.5, 0.5], gradient: [3, -4, 0] };
    expectClose(move(linf(0.2), at, { isFirst: true }), [0.6, 0.4, 0.5]);
    expectClose(move(l2(0.2), at, { isFirst: true }), [0.56, 0.42, 0.5]);
    expectClose(move(l1(0.2), at, { isFirst: true, leftOut: [2] }), [0.5, 0.4, 0.5]);
  });

  it('then weighs the step by 3/4 and the last movement by 1/4, except in l1', () => {
    const at = { images: [0.5, 0.5], points: [0.5, 0.52], previous: [0.46, 0.52], gradient: [1, 1] };
    expectClose(move(linf(0.2), at, {}), [0.585, 0.595]);
    expectClose(move(l1(0.3), at, {}), [0.55, 0.57]);
  });

  it('moves all pixels of equal gradient entries in l1, so that the result does not depend on a sort order', () => {
    const at = { images: [0.5, 0.5, 0.5], gradient: [2, 2, 1] };
    expectClose(move(l1(0.2), at, { leftOut: [2] }), [0.55, 0.55, 0.5]);
  });

  it('does not move where the gradient is 0', () => {
    for (const norm of NORMS)
      expectClose(move(threatOf(norm, 0.2), { images: [0.3, 0.9], gradient: [0, 0] }, {}), [0.3, 0.9]);
  });

  it('stays in the ball and the box for any gradient and step', () => {
    const size = 10;
    const values = (min: number, max: number) =>
      fc.array(fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true }), {
        minLength: size,
        maxLength: size,
      });
    const steps = fc.constantFrom(0.01, 0.7, 5);
    fc.assert(
      fc.property(
        fc.constantFrom(...NORMS),
        values(0, 1),
        values(0.01, 0.99),
        values(-2, 2),
        steps,
        (norm, x, draws, g, step) => {
          const threat = threatOf(norm, 0.3);
          tf.tidy(() => {
            const images = image(x);
            const points = apgdStart(threat, images, image(draws));
            const gradient = image(g);
            const at = { images, points, previous: images, gradient, stepSizes: [step], leftOut: [4], isFirst: false };
            for (const reached of [points, apgdMove(threat, at)]) {
              const [row = []] = rowsOf(reached);
              expect(distanceBetween(norm, row, x)).toBeLessThanOrEqual(0.3 * (1 + 1e-5));
              expect(Math.min(...row)).toBeGreaterThanOrEqual(0);
              expect(Math.max(...row)).toBeLessThanOrEqual(1);
            }
          });
        },
      ),
      { numRuns: 60, seed: 8 },
    );
  });

  it('leaks no tensor besides its result', () => {
    const x = image([0.2, 0.8]);
    for (const norm of NORMS) {
      const at = { images: x, points: x, previous: x, gradient: x, stepSizes: [0.1], leftOut: [0], isFirst: false };
      expect(countTensors(() => apgdMove(threatOf(norm, 0.1), at).dispose())).toBe(0);
      expect(countTensors(() => apgdStart(threatOf(norm, 0.1), x, x).dispose())).toBe(0);
    }
    x.dispose();
  });
});

describe('apgdStart', () => {
  it('starts at distance epsilon in linf and l2, before clipping to [0, 1]', () => {
    tf.tidy(() => {
      const gray = image([0.5, 0.5]);
      expectClose(apgdStart(linf(0.1), gray, image([1, 0.25])), [0.6, 0.45]);
      expectClose(apgdStart(l2(0.1), gray, image([3, -4])), [0.56, 0.42]);
      expectClose(apgdStart(l1(0.1), gray, image([3, -0.5])), [0.6, 0.5]);
    });
  });

  it('rejects draws of another shape', () => {
    tf.tidy(() => {
      expect(() => apgdStart(linf(0.1), image([0.5]), image([0.5, 1]))).toThrow(
        'apgdStart: draws must be float32 [1, 1, 1, 1]',
      );
    });
  });
});
