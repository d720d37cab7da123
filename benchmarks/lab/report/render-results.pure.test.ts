import { expect, it } from 'vitest';

import { type Experiment, nameOf } from '../experiment.ts';
import type { AutoAttackResult, CollaborativeResult, Results, Stage } from '../results.ts';
import { ORIGIN, trainingResult } from '../training-result.fixture.ts';
import { renderResults } from './render-results.ts';

function attacked(outcomes: string): AutoAttackResult {
  const robust = [...outcomes].filter((letter) => letter === 'r').length;
  const counts = { examples: outcomes.length, natural: outcomes.length, robust, flags: [], seconds: 1, verified: true };
  return { ...ORIGIN, ...counts, version: 'standard', outcomes };
}

const COST = {
  ...ORIGIN,
  batches: 20,
  methods: { ST: { milliseconds: 900.4, searchShare: 0.8 } },
  stOverTrades: 1.714,
};

const loss = (mean: number) => ({ mean, quantiles: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6] });

function measured(gain: number): CollaborativeResult {
  const radii = [2, 8].map((radius) => ({ radius, collaborative: loss(0.25), adversarial: loss(1.5), gain }));
  return { ...ORIGIN, examples: 1000, natural: loss(0.75), radii };
}

function resultsOf(models: readonly { experiment: Experiment; correct: number; outcomes: string }[]): Results {
  const byName = new Map(models.map((model) => [nameOf(model.experiment), model]));
  return {
    has: (name) => byName.has(name),
    read: (name: string, stage: Stage) => {
      const model = byName.get(name);
      if (!model) return null;
      const stages = {
        training: trainingResult(model.experiment, [300], model.correct),
        autoattack: attacked(model.outcomes),
        collaborative: measured(0.5),
        cost: COST,
      };
      return stages[stage] as never;
    },
    write: () => Promise.reject(new Error('not written')),
    names: () => [...byName.keys()],
  };
}

const BASE = { network: 'wrn-10-1', epochs: 20, beta: 6 } as const;

it('shows means, deviations, the paired test and the losses', () => {
  const page = renderResults(
    resultsOf([
      { experiment: { ...BASE, method: 'ST', seed: 1 }, correct: 700, outcomes: 'rrrr' },
      { experiment: { ...BASE, method: 'ST', seed: 2 }, correct: 720, outcomes: 'rrbb' },
      { experiment: { ...BASE, method: 'TRADES', seed: 1 }, correct: 650, outcomes: 'rbbw' },
    ]),
  );
  expect(page.markdown).toContain('| ST | 6 | 2 | 71.0 ± 1.4 | 30.0 ± 0.0 | 29.0 ± 0.0 | 75.0 ± 35.4 |');
  expect(page.markdown).toContain('| TRADES | 6 | 1 | 65.0 | 30.0 | 29.0 | 25.0 |');
  expect(page.markdown).toContain('| ST, weight 6 | TRADES, weight 6 | 1 | 3 | 0 | 0.2500 |');
  expect(page.markdown).toContain(
    '| ST, weight 6 | 0.750 (0.10, 0.30, 0.50) | 0.250 (0.10, 0.30, 0.50) | 1.50 (0.10, 0.30, 0.50) |',
  );
  expect(page.markdown).toContain('| WRN-10-1, 20 epochs |  |  | 900 ms (80 %) | 1.71 |');
  expect(page.markdown).toContain('Over 3 of the models: too few for a rank correlation.');
  expect(Object.keys(page.plots).sort()).toEqual(['gain.svg', 'wrn-10-1-20-losses.svg']);
  for (const svg of Object.values(page.plots)) expect(svg).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
});

it('renders a page before anything is done', () => {
  const page = renderResults(resultsOf([]));
  expect(page.markdown).toMatch(/^# Results\n/);
  expect(page.plots).toEqual({});
});
