import { describe, expect, it } from 'vitest';

import { meanAndDeviation, type Outcome, summaryTable } from './summary.ts';

function outcome(method: string, seed: number, natural: number, robust: number): Outcome {
  const count = (correct: number) => ({ correct, total: 100, accuracy: correct / 100 });
  return { method, seed, natural: count(natural), robust: count(robust), seconds: 10 * seed };
}

describe('summaryTable', () => {
  it('gives mean and sample deviation over the seeds of each method', () => {
    const table = summaryTable([outcome('AT', 1, 40, 20), outcome('ST', 1, 50, 30), outcome('AT', 2, 44, 20)]);
    expect(table.split('\n').slice(2)).toEqual([
      '| AT | 2 | 42.0 ± 2.8 | 20.0 ± 0.0 | 15 |',
      '| ST | 1 | 50.0 | 30.0 | 10 |',
    ]);
  });

  it('gives no deviation for a single value', () => {
    expect(meanAndDeviation([3])).toEqual({ mean: 3, deviation: null });
  });
});
