import type { RobustnessReport } from '@st/evaluation';
import { describe, expect, it } from 'vitest';

import { testingReport } from '../../apps/evaluate/testing-report.ts';
import { attackCosts, costTable } from './attack-costs.ts';

const outcome = (attack: string, gradientCalls: number, broken: boolean) => ({
  ...{ attack, norm: null, predicted: null, queries: gradientCalls + 1, gradientCalls },
  outcome: broken ? ('broken' as const) : ('survived' as const),
});
const report: RobustnessReport = {
  ...testingReport(),
  examples: [
    [outcome('apgd-ce', 130, true)],
    [outcome('apgd-ce', 99, false), outcome('square', 0, false)],
    [outcome('apgd-ce', 100, false), outcome('square', 0, true)],
  ].map((attacks, index) => ({
    index,
    label: 0,
    predicted: 0,
    outcome: 'robust',
    brokenBy: null,
    broken: null,
    attacks,
  })),
};

describe('attackCosts', () => {
  it('divides the images of each attack by its own seconds, and all images by the total seconds', () => {
    const { attacks, total } = attackCosts(report);
    expect(attacks.map(({ attack, images, seconds }) => [attack, images, seconds])).toEqual([
      ['apgd-ce', 800, 61],
      ['square', 500, 7200],
    ]);
    expect(attacks[0]?.imagesPerSecond).toBeCloseTo(800 / 61, 10);
    expect(total).toMatchObject({ images: 1000, seconds: 7261, gradientCalls: 40_000, queries: 160_000, correct: 480 });
    expect(total.imagesPerSecond).toBeCloseTo(1000 / 7261, 10);
  });

  it('compares the gradient calls of a surviving image with those of the published implementation', () => {
    const calls = attackCosts(report).attacks.map((cost) => [
      cost.gradientCallsOfSurvivor,
      cost.publishedGradientCallsOfSurvivor,
    ]);
    expect(calls).toEqual([
      [100, 101], // not 130, the number of the broken image
      [0, 0],
    ]);
    const [none] = attackCosts({ ...report, examples: [] }).attacks;
    expect(none?.gradientCallsOfSurvivor).toBeNull();
  });
});

describe('costTable', () => {
  it('has one line per attack and the total', () => {
    expect(costTable(attackCosts(report)).split('\n').slice(2)).toEqual([
      '| apgd-ce | 800 | 61.0 | 13.1 | 40000 | 80000 | 50.0 % (500) | 100 | 101 |',
      '| square | 500 | 7200.0 | 0.0694 | 0 | 80000 | 48.0 % (480) | 0 | 0 |',
      '| total | 1000 | 7261.0 | 0.138 | 40000 | 160000 | 48.0 % (480) |  |  |',
    ]);
  });
});
