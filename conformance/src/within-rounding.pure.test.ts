import { describe, expect, it } from 'vitest';

import { type Golden, goldenOf } from './golden.ts';
import type { Report } from './report.ts';
import { withinRounding } from './within-rounding.ts';

const golden = goldenOf('a file', { tensors: new Map(), metadata: {} });

type Line = { name: string; error: number; note: string };

async function linesOf(run: (golden: Golden, report: Report) => void): Promise<Line[]> {
  const lines: Line[] = [];
  const report: Report = {
    check: (name, error, _bound, note = '') => lines.push({ name, error, note }),
    skip: () => undefined,
  };
  await withinRounding(golden, report, run);
  return lines;
}

describe('withinRounding', () => {
  it('runs once if all cases are within the bounds', async () => {
    let runs = 0;
    const lines = await linesOf((_golden, report) => {
      runs++;
      report.check('a', 0.5, 1, 'why');
    });
    expect([runs, lines]).toEqual([1, [{ name: 'a', error: 0.5, note: 'why' }]]);
  });

  it('accepts the value on either side of a jump of the gradient, and says so', async () => {
    // the sign of a number that is 0 up to rounding
    const sideOf = (at: Golden): number => Math.sign(at.nudge(new Float64Array([0]))[0] || 1);
    for (const side of [1, -1]) {
      const [line] = await linesOf((at, report) => report.check('a', Math.abs(sideOf(at) - side), 0.1));
      expect(line?.error).toBe(0);
      expect(line?.note).toBe(side === 1 ? '' : 'images moved by rounding; as stored: 2.0e+0');
    }
  });

  it('moves pixels by no more than rounding', async () => {
    const seen: number[] = [];
    await linesOf((at, report) => {
      seen.push(...at.nudge(new Float64Array(100)));
      report.check('a', seen.length, 0);
    });
    expect(Math.max(...seen.map(Math.abs))).toBeLessThanOrEqual(2 ** -22);
    expect(new Set(seen).size).toBeGreaterThan(1000);
  });

  it('stops early if moving the images changes nothing', async () => {
    let runs = 0;
    await linesOf((_golden, report) => {
      runs++;
      report.check('a', 2, 1);
    });
    expect(runs).toBe(1 + 8);
  });

  it('still fails an error that no side explains, and NaN', async () => {
    expect(await linesOf((_golden, report) => report.check('a', 3, 1))).toEqual([{ name: 'a', error: 3, note: '' }]);
    const [line] = await linesOf((_golden, report) => report.check('a', Number.NaN, 1));
    expect(line?.error).toBeNaN();
  });
});
