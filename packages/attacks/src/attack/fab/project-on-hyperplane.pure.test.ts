import type { Norm } from '@st/core';
import { NORMS } from '@st/core/kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { projectOnHyperplane } from './project-on-hyperplane.ts';

const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

const LENGTH: Readonly<Record<Norm, (d: ArrayLike<number>) => number>> = {
  linf: (d) => Math.max(...Array.from(d, Math.abs)),
  l2: (d) => Math.hypot(...Array.from(d)),
  l1: (d) => Array.from(d, Math.abs).reduce((sum, value) => sum + value, 0),
};

function move(norm: Norm, point: readonly number[], normal: readonly number[], offset: number): number[] {
  return [...projectOnHyperplane(norm, { point, normal, gap: dot(point, normal) - offset })];
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 10);
}

/** Points in the box, and weights, some of which are 0 and some equal. */
const SIZE = 9;
const points = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: SIZE, maxLength: SIZE });
const normals = fc.array(fc.constantFrom(-2, -1.5, -0.5, -0.01, 0, 0.3, 0.5, 1, 4), {
  minLength: SIZE,
  maxLength: SIZE,
});
const shares = fc.double({ min: -1, max: 1, noNaN: true });

/** The range of w . d within the box, from its corner of the lowest value to that of the highest. */
function range(point: readonly number[], normal: readonly number[]): [number, number] {
  const low = normal.map((weight, i) => weight * ((weight > 0 ? 0 : 1) - (point[i] ?? 0)));
  const high = normal.map((weight, i) => weight * ((weight > 0 ? 1 : 0) - (point[i] ?? 0)));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return [sum(low), sum(high)];
}

describe('projectOnHyperplane', () => {
  it('moves all coordinates equally in linf, in proportion to their weights in l2, the heaviest in l1', () => {
    const [point, normal] = [
      [0.5, 0.5],
      [3, -4],
    ];
    expectNear(move('linf', point, normal, 0.2), [0.1, -0.1]);
    expectNear(move('l2', point, normal, 0.5), [0.12, -0.16]);
    expectNear(move('l1', point, normal, 0.3), [0, -0.2]);
  });

  it('moves the other coordinates farther if one reaches the box', () => {
    const [point, normal] = [
      [0.9, 0.5],
      [1, 1],
    ];
    expectNear(move('linf', point, normal, 1.8), [0.1, 0.3]);
    expectNear(move('l2', point, normal, 1.8), [0.1, 0.3]);
    expectNear(move('l1', [0.9, 0.5], [2, 1], 2.6), [0.1, 0.1]);
  });

  it('does not move a point on the hyperplane, nor any point if the normal is 0', () => {
    for (const norm of NORMS) {
      expect(move(norm, [0.25, 0.5], [2, -1], 0).map(Math.abs)).toEqual([0, 0]);
      expect(move(norm, [0.25, 0.5], [0, 0], 1).map(Math.abs)).toEqual([0, 0]);
    }
  });

  it('moves to the corner nearest to a hyperplane that does not intersect the box', () => {
    for (const norm of NORMS) expectNear(move(norm, [0.25, 0.5, 0.5], [1, -1, 0], 9), [0.75, -0.5, 0]);
  });

  it('reaches the hyperplane within the box, and no random point of both is nearer', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NORMS), points, normals, shares, points, (norm, point, normal, share, other) => {
        const [low, high] = range(point, normal);
        const wanted = share < 0 ? -share * low : share * high;
        const d = move(norm, point, normal, dot(point, normal) + wanted);
        expect(dot(normal, d)).toBeCloseTo(wanted, 9);
        d.forEach((step, i) => {
          expect((point[i] ?? 0) + step).toBeGreaterThanOrEqual(-1e-12);
          expect((point[i] ?? 0) + step).toBeLessThanOrEqual(1 + 1e-12);
        });
        // another point of the box, drawn towards the corner on the far side until it is on the hyperplane as well
        const reached = dot(normal, other) - dot(normal, point);
        const isShort = Math.abs(reached) < Math.abs(wanted) || reached * wanted < 0;
        const corner = normal.map((weight) => (weight * wanted > 0 ? 1 : 0));
        const ends = isShort ? corner : point;
        const to = dot(normal, ends) - dot(normal, point);
        const part = to === reached ? 0 : (wanted - reached) / (to - reached);
        const otherWay = other.map((value, i) => value + part * ((ends[i] ?? 0) - value) - (point[i] ?? 0));
        if (Math.abs(dot(normal, otherWay) - wanted) > 1e-9) return;
        expect(LENGTH[norm](d)).toBeLessThanOrEqual(LENGTH[norm](otherWay) + 1e-9);
      }),
      { numRuns: 500, seed: 12 },
    );
  });

  it('rejects an unknown norm and a normal of another length', () => {
    const problem = { point: [0.5], normal: [1], gap: 0 };
    expect(() => projectOnHyperplane('l0' as Norm, problem)).toThrow(
      "[@st/attacks] projectOnHyperplane: norm must be one of 'linf', 'l2', 'l1', got 'l0'.",
    );
    expect(() => projectOnHyperplane('l2', { ...problem, normal: [1, 2] })).toThrow(
      "normal must have the point's 1 values, got 2",
    );
  });
});
