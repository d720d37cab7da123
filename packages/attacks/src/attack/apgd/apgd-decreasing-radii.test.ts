import { type Classifier, createRng } from '@st/core';
import { expectClose, keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { l1BoxShift } from '../../ball/l1-box-shift.ts';
import { l1 } from '../../ball/threat.ts';
import { distanceBetween, grayExamples, rowsOf, severalClasses } from '../../fixtures/several-classes.fixture.ts';
import { apgdDecreasingRadii } from './apgd-decreasing-radii.ts';
import type { ApgdExamples } from './apgd-points.ts';
import { type ApgdIteration, type ApgdRunOptions, apgdRun } from './apgd-run.ts';

const WHERE = '[@st/attacks] test';
const SIZE = 6;
const EPSILON = 0.12;
const OPTIONS = { threat: l1(EPSILON), loss: 'ce', rho: 0.75, eot: 1, keep: 'last' } as const;

function setting(): { classifier: Classifier; examples: ApgdExamples; draws: tf.Tensor4D } {
  const classifier = severalClasses(5, tf.tanh);
  const { images, labels } = grayExamples(classifier, SIZE);
  const draws = createRng(7).normal<tf.Rank.R4>([SIZE, 4, 4, 1]);
  keep(images, labels, draws);
  return { classifier, examples: { images, labels }, draws };
}

/**
 * Projects onto ball and box by adding a correction, as the published code does. Rounding then moves a few pixels that should stay, and APGD in l1
 * counts the pixels moved.
 */
function project(points: tf.Tensor4D, images: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  return tf.tidy(() => tf.add(points, l1BoxShift(images, tf.sub(points, images), epsilon)));
}

/** The paper's schedule, built from the projection and single runs, which have tests of their own. */
async function byHand(
  { classifier, examples, draws }: ReturnType<typeof setting>,
  stages: readonly (readonly [factor: number, iterations: number])[],
) {
  const drawn: tf.Tensor4D = tf.add(examples.images, draws);
  let points = project(drawn, examples.images, 3 * EPSILON);
  keep(drawn);
  let found: Uint8Array = new Uint8Array(SIZE);
  for (const [factor, iterations] of stages) {
    const threat = l1(factor * EPSILON);
    const start = tf.tidy(() => tf.clipByValue(project(points, examples.images, threat.epsilon), 0, 1));
    const run = await apgdRun(classifier, examples, start, { ...OPTIONS, threat, iterations, from: 'points' });
    keep(points, start, run.adversarial);
    points = run.best;
    found = run.found;
  }
  keep(points);
  return { best: points, found };
}

describe('apgdDecreasingRadii', () => {
  it.each([
    [
      20,
      [
        [3, 6],
        [2, 6],
        [1, 8],
      ],
    ],
    [
      11,
      [
        [3, 4],
        [2, 4],
        [1, 3],
      ],
    ], // shares of 30 % are rounded up; the last run takes the rest
  ] as const)(
    'of %i iterations is three runs of APGD at 3, 2 and 1 epsilon, each from the best points of the one before',
    async (iterations, stages) => {
      const task = setting();
      const { classifier, examples, draws } = task;
      const run = await apgdDecreasingRadii(WHERE, classifier, examples, draws, { ...OPTIONS, iterations });
      const expected = await byHand(task, stages);
      keep(run.adversarial, run.best);
      // projections by bisection and by sorting differ in the last bits, which sparse steps can magnify
      expectClose(run.best, expected.best, 1e-4);
      expect([...run.found]).toEqual([...expected.found]);
      expect([...run.queries]).toEqual(new Array(SIZE).fill(iterations + 3));
      expect([...run.gradientCalls]).toEqual(new Array(SIZE).fill(iterations));
    },
  );

  it('keeps every point in the ball of its run, takes a first step of its radius, and counts only the finds of the last run', async () => {
    const { classifier, examples, draws } = setting();
    const seen: (Omit<ApgdIteration, 'points'> & { readonly at: number[][] })[] = [];
    const trace: ApgdRunOptions['trace'] = ({ points, ...rest }) => seen.push({ ...rest, at: rowsOf(points) });
    const run = await apgdDecreasingRadii(WHERE, classifier, examples, draws, { ...OPTIONS, iterations: 20, trace });
    keep(run.adversarial, run.best);
    const natural = rowsOf(examples.images);
    const begins = seen.flatMap(({ iteration }, i) => (iteration === 0 ? [i] : []));
    expect(begins).toEqual([0, 6, 12]);
    [3, 2, 1].forEach((factor, stage) => {
      const radius = factor * EPSILON;
      const own = seen.slice(begins[stage], begins[stage + 1]);
      for (const size of own[0]?.stepSizes ?? []) expect(size).toBeCloseTo(radius, 6);
      for (const { at } of own) {
        at.forEach((point, i) => {
          expect(distanceBetween('l1', point, natural[i] ?? [])).toBeLessThanOrEqual(radius * (1 + 1e-5));
        });
      }
    });
    const wrongIn = (from: number | undefined, to?: number): boolean[] =>
      natural.map((_, i) => seen.slice(from, to).some(({ isWrong }) => isWrong[i]));
    expect(wrongIn(begins[2]).map(Number)).toEqual([...run.found]);
    // at 3 epsilon more examples are misclassified; they must not count
    expect(wrongIn(0, begins[1])).not.toEqual(wrongIn(begins[2]));
  });
});
