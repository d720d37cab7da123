import { fastestOf, measureOurs, type OwnOptions } from './measure-ours.ts';
import type { Case, Measure } from './row.ts';
import { markdown, significant } from './table.ts';

/** One measurement of a series, and what it is beside the series' first one. */
type Point = { readonly value: number; readonly seconds: number };

/** What is varied, the rest being as asked: threads on a fixed case, its batch, or the steps of its search. */
type Series = {
  readonly name: string;
  readonly values: readonly number[];
  readonly at: (value: number) => [Case, OwnOptions];
};

/**
 * How time grows with threads, batch and search steps, as Markdown tables: a model's squeeze step, and its full gradient.
 * Turns are interleaved, and the fastest of each counts.
 */
export async function scalingTables(
  cases: readonly { readonly model: string; readonly batch: number }[],
  options: OwnOptions,
  rounds: number,
): Promise<string> {
  const lines: string[][] = [];
  for (const { model, batch } of cases) {
    for (const series of seriesOf(model, batch, options)) {
      const points = await measured(series, rounds);
      for (const [i, point] of points.entries()) lines.push([model, series.name, ...cells(series, points, point, i)]);
    }
  }
  return markdown(['model', 'varied', 'value', 'seconds', 'time x', 'value x', 'speed-up or time over linear'], lines);
}

function seriesOf(model: string, batch: number, options: OwnOptions): readonly Series[] {
  const threads = [1, options.threads].filter((count, i) => i === 0 || count > 1);
  const all = (measure: Measure, size = batch): Case => ({ model, batch: size, measure });
  return [
    ...(['full-gradient', 'squeeze-step'] as const).map((measure) => ({
      name: `threads, ${measure} of ${batch}`,
      values: threads,
      at: (value: number): [Case, OwnOptions] => [all(measure), { ...options, threads: value }],
    })),
    {
      name: 'batch, full-gradient',
      values: [batch / 4, batch / 2, batch, batch * 2].filter(Number.isInteger),
      at: (value) => [all('full-gradient', value), options],
    },
    {
      name: `search steps, squeeze-step of ${batch}`,
      values: [0.5, 1, 2].map((factor) => Math.max(1, Math.round(options.steps * factor))),
      at: (value) => [all('squeeze-step'), { ...options, steps: value }],
    },
  ];
}

async function measured({ values, at }: Series, rounds: number): Promise<readonly Point[]> {
  const seconds = values.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [i, value] of values.entries()) {
      const timing = fastestOf([await measureOurs(...at(value))]);
      seconds[i] = Math.min(seconds[i] ?? Number.POSITIVE_INFINITY, timing.seconds);
    }
  }
  return values.map((value, i) => ({ value, seconds: seconds[i] ?? Number.NaN }));
}

/** Beside the first point; steps have a fixed part (the training pass), so that their last column compares increments. */
function cells(series: Series, points: readonly Point[], { value, seconds }: Point, i: number): string[] {
  const [first, second] = points;
  if (!first || i === 0) return [`${value}`, significant(seconds), '1', '1', '-'];
  const ratio = seconds / first.seconds;
  const grown = value / first.value;
  const before = points[i - 1] ?? first;
  const slope = (a: Point, b: Point): number => (b.seconds - a.seconds) / (b.value - a.value);
  const judged = series.name.startsWith('threads')
    ? `${(1 / ratio).toFixed(2)}x`
    : series.name.startsWith('batch')
      ? (ratio / grown).toFixed(2)
      : i > 1 && second
        ? (slope(before, { value, seconds }) / slope(first, second)).toFixed(2)
        : '-';
  return [`${value}`, significant(seconds), ratio.toFixed(2), grown.toFixed(2), judged];
}
