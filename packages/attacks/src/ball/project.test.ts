import { createRng, type Norm, type ThreatModel } from '@st/core';
import { countTensors, expectClose, tolerance } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { project } from './project.ts';
import { projectL1 } from './project-l1.ts';
import { projectL1Box } from './project-l1-box.ts';
import { projectL2 } from './project-l2.ts';
import { projectLinf } from './project-linf.ts';

type Projection = (x: tf.Tensor4D, center: tf.Tensor4D, epsilon: number) => tf.Tensor4D;

const image = (values: readonly number[]): tf.Tensor4D => tf.tensor4d([...values], [1, 1, values.length, 1]);
const run = (projection: Projection, x: readonly number[], center: readonly number[], epsilon: number): number[] =>
  tf.tidy(() => [...projection(image(x), image(center), epsilon).dataSync()]);

const NORM_OF: Readonly<Record<Norm, (values: readonly number[]) => number>> = {
  linf: (values) => Math.max(...values.map(Math.abs)),
  l2: (values) => Math.hypot(...values),
  l1: (values) => values.reduce((sum, value) => sum + Math.abs(value), 0),
};
const minus = (a: readonly number[], b: readonly number[]): number[] =>
  a.map((value, i) => value - (b[i] ?? Number.NaN));

/** The nearest point in the ball, and in [low, high] if given, by bisection on the dual variable in float64. */
function nearest(
  norm: 'l1' | 'l2',
  x: readonly number[],
  center: readonly number[],
  epsilon: number,
  box?: { low: number; high: number },
): number[] {
  const at = (t: number): number[] =>
    x.map((value, i) => {
      const c = center[i] ?? Number.NaN;
      const d = value - c;
      const moved = norm === 'l1' ? Math.sign(d) * Math.max(Math.abs(d) - t, 0) : d / (1 + t);
      return box ? Math.min(Math.max(c + moved, box.low), box.high) : c + moved;
    });
  const size = (t: number): number => NORM_OF[norm](minus(at(t), center));
  if (size(0) <= epsilon) return at(0);
  let [low, high] = [0, 1];
  while (size(high) > epsilon) high *= 2;
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2;
    if (size(middle) > epsilon) low = middle;
    else high = middle;
  }
  return at(high);
}

const LENGTH = 7;
const value = (min: number, max: number) => fc.integer({ min: min * 64, max: max * 64 }).map((n) => n / 64);
const row = (min: number, max: number) => fc.array(value(min, max), { minLength: LENGTH, maxLength: LENGTH });
const radius = fc.constantFrom(0.05, 0.3, 1, 2.5);
const settings = { seed: 4, numRuns: 60 };

const BALLS: readonly { norm: Norm; projection: Projection }[] = [
  { norm: 'linf', projection: projectLinf },
  { norm: 'l2', projection: projectL2 },
  { norm: 'l1', projection: projectL1 },
  { norm: 'l1', projection: projectL1Box },
];

describe('projections worked by hand', () => {
  it('linf clips each pixel', () => {
    expectClose(run(projectLinf, [0.9, 0.1, 0.5], [0.5, 0.5, 0.5], 0.25), [0.75, 0.25, 0.5]);
  });
  it('l2 shortens the whole difference: (3, 4) to length 1', () => {
    expectClose(run(projectL2, [3, 4], [0, 0], 1), [0.6, 0.8]);
  });
  it('l1 subtracts the same from each pixel: 1 from (3, -1, 0.5) for sum 2', () => {
    expectClose(run(projectL1, [3, -1, 0.5], [0, 0, 0], 2), [2, 0, 0]);
    expectClose(run(projectL1, [3, -2, 0.5], [0, 0, 0], 3), [2, -1, 0]);
  });
  it('l1 within the box moves the other pixels farther if one reaches the box: (3, 0.8) to sum 1.5 is (1, 0.5)', () => {
    expectClose(run(projectL1Box, [3, 0.8], [0, 0], 1.5), [1, 0.5]);
    expectClose(run(projectL1Box, [-3, 0.8], [0.25, 0], 0.5), [0, 0.25]);
  });
});

describe.each(BALLS)('$projection.name', ({ norm, projection }) => {
  it('returns a point inside the ball, which a second projection does not move', () => {
    fc.assert(
      fc.property(row(-2, 3), row(0, 1), radius, (x, center, epsilon) => {
        const once = run(projection, x, center, epsilon);
        expect(NORM_OF[norm](minus(once, center))).toBeLessThanOrEqual(epsilon + 4 * tolerance());
        expectClose(run(projection, once, center, epsilon), once);
      }),
      settings,
    );
  });

  it('projects each image of a batch by itself', () => {
    tf.tidy(() => {
      const x = tf.tensor4d([3, 4, 0.1, 0.2], [2, 1, 2, 1]);
      const center = tf.zerosLike(x);
      const alone = [...run(projection, [3, 4], [0, 0], 1), ...run(projection, [0.1, 0.2], [0, 0], 1)];
      expectClose(projection(x, center, 1), alone);
    });
  });

  it('leaks no tensor besides its result, and rejects another shape', () => {
    const [x, center] = [image([1, 2]), image([0, 0])];
    expect(countTensors(() => projection(x, center, 1).dispose())).toBe(0);
    expect(() => tf.tidy(() => projection(x, image([0]), 1))).toThrow(
      `[@st/attacks] ${projection.name}: x must be float32 [1, 1, 1, 1], got Tensor float32 [1,1,2,1].`,
    );
    tf.dispose([x, center]);
  });
});

describe('the nearest point', () => {
  it('is found by projectL2, compared with bisection on the dual', () => {
    fc.assert(
      fc.property(row(-2, 3), row(0, 1), radius, (x, center, epsilon) => {
        expectClose(run(projectL2, x, center, epsilon), nearest('l2', x, center, epsilon));
      }),
      settings,
    );
  });

  it('is found by projectL1, compared with bisection on the dual', () => {
    fc.assert(
      fc.property(row(-2, 3), row(0, 1), radius, (x, center, epsilon) => {
        expectClose(run(projectL1, x, center, epsilon), nearest('l1', x, center, epsilon));
      }),
      settings,
    );
  });

  it('of ball and box is found by projectL1Box, compared with bisection on the dual', () => {
    fc.assert(
      fc.property(row(-2, 3), row(0, 1), radius, (x, center, epsilon) => {
        expectClose(run(projectL1Box, x, center, epsilon), nearest('l1', x, center, epsilon, { low: 0, high: 1 }));
      }),
      settings,
    );
  });

  it('is not farther than any random feasible point', () => {
    const feasible = row(-1, 1).map((direction) => direction);
    fc.assert(
      fc.property(row(-2, 3), row(0, 1), radius, feasible, value(0, 1), (x, center, epsilon, direction, share) => {
        const length = Math.max(NORM_OF.l1(direction), 1e-9);
        const other = center.map((c, i) =>
          Math.min(1, Math.max(0, c + ((direction[i] ?? 0) / length) * epsilon * share)),
        );
        const distance = NORM_OF.l2(minus(run(projectL1Box, x, center, epsilon), x));
        expect(distance).toBeLessThanOrEqual(NORM_OF.l2(minus(other, x)) + 4 * tolerance());
      }),
      settings,
    );
  });

  it('is as exact for an image of 3 072 pixels', () => {
    tf.tidy(() => {
      const x = tf.randomUniform<tf.Rank.R4>([2, 32, 32, 3], -0.5, 1.5, 'float32', 7);
      const center = tf.randomUniform<tf.Rank.R4>([2, 32, 32, 3], 0, 1, 'float32', 8);
      for (const projection of [projectL1, projectL1Box]) {
        const moved = tf.sub(projection(x, center, 12), center);
        expectClose(tf.sum(tf.abs(moved), [1, 2, 3]), [12, 12]);
      }
    });
  });
});

describe('project', () => {
  it.each(['linf', 'l2', 'l1'] as const)('returns a point inside the %s ball and inside [0, 1]', (norm) => {
    fc.assert(
      fc.property(row(-2, 3), row(0, 1), fc.constantFrom(0.05, 0.3, 1), (x, center, epsilon) => {
        const found = run((a, b) => project({ norm, epsilon, bounds: [0, 1] }, a, b), x, center, epsilon);
        expect(Math.min(...found)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...found)).toBeLessThanOrEqual(1);
        expect(NORM_OF[norm](minus(found, center))).toBeLessThanOrEqual(epsilon + 4 * tolerance());
      }),
      settings,
    );
  });

  it('rejects radii out of range', () => {
    const threat: ThreatModel = { norm: 'linf', epsilon: 8, bounds: [0, 1] };
    expect(() => run((a, b) => project(threat, a, b), [0], [0], 1)).toThrow(
      '[@st/attacks] project: epsilon must be a finite number in (0, 1], got 8.',
    );
  });
});

describe('projections of large images', () => {
  const side = 224;
  it.each([
    ['projectL1', projectL1, 12, 'l1'],
    ['projectL1Box', projectL1Box, 12, 'l1'],
    ['projectL2', projectL2, 0.5, 'l2'],
  ] as const)(
    '%s meets its radius to 1e-6 in float64, whether all pixels move equally or not',
    (_, projection, epsilon, norm) => {
      for (const gray of [0, 0.5]) {
        for (const kind of ['alike', 'at random'] as const) {
          tf.tidy(() => {
            const center = tf.fill<tf.Rank.R4>([1, side, side, 3], gray);
            const moves =
              kind === 'alike' ? tf.fill(center.shape, 0.01) : createRng(1).uniform(center.shape, -gray / 25, 0.02);
            const point = projection(tf.add(center, moves), center, epsilon).dataSync<'float32'>();
            const total = point.reduce(
              (sum, value) => sum + (norm === 'l1' ? Math.abs(value - gray) : (value - gray) ** 2),
              0,
            );
            expect(Math.abs((norm === 'l1' ? total : Math.sqrt(total)) / epsilon - 1)).toBeLessThan(1e-6);
          });
        }
      }
    },
  );
});
