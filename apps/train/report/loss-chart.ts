import { COLORS, chartFrame } from '../../report/chart-style.ts';
import type { Html } from '../../report/html.ts';
import { renderChart } from '../../report/render-chart.ts';
import type { Metrics, TrainingMetrics } from '../metrics.ts';

/** The terms drawn, worst view first, as the training loop names them. */
const LINES = [
  { term: 'upper', name: 'upper', color: COLORS.adversarial },
  { term: 'adversarial', name: 'adversarial', color: COLORS.adversarial },
  { term: 'natural', name: 'natural', color: COLORS.natural },
  { term: 'lower', name: 'lower', color: COLORS.collaborative },
] as const;

/** More points than this are averaged in groups of equal size, because the loss of a single batch is noisy. */
const POINTS = 120;

/** The cross-entropy of the training batches, by view, over the training steps. */
export function lossChart(metrics: readonly Metrics[]): Html {
  return chartOf('Cross-entropy of the training batches by view', 'cross-entropy', LINES, metrics);
}

const TERM_COLORS = [COLORS.adversarial, COLORS.comparison, COLORS.collaborative];

/** The named terms of the loss over the training steps. */
export function termsChart(metrics: readonly Metrics[], terms: readonly string[]): Html {
  const lines = terms.map((term, i) => ({
    term,
    name: term,
    color: TERM_COLORS[i % TERM_COLORS.length] ?? COLORS.ink,
  }));
  return chartOf(`Terms of the loss on the training batches: ${terms.join(', ')}`, 'value', lines, metrics);
}

type Line = { readonly term: string; readonly name: string; readonly color: string };

function chartOf(label: string, unit: string, lines: readonly Line[], metrics: readonly Metrics[]): Html {
  const steps = metrics.filter((line): line is TrainingMetrics => line.kind === 'step');
  const series = lines
    .filter(({ term }) => steps.some(({ terms }) => term in terms))
    .map(({ term, name, color }) => ({
      type: 'line',
      name,
      data: thin(steps.map(({ step, terms }) => [step, terms[term] ?? Number.NaN])),
      showSymbol: false,
      lineStyle: { width: 2, color },
      itemStyle: { color },
    }));
  return renderChart(`${label}, over the training steps`, {
    ...chartFrame({ name: 'training step', min: 0, max: steps.at(-1)?.step ?? 1 }, { name: unit, min: 0 }),
    series,
  });
}

/** Means of consecutive groups. */
function thin(points: readonly (readonly [number, number] | readonly number[])[]): number[][] {
  const size = Math.max(1, Math.ceil(points.length / POINTS));
  const groups = Array.from({ length: Math.ceil(points.length / size) }, (_, i) =>
    points.slice(i * size, (i + 1) * size),
  );
  return groups.map((group) => [mean(group, 0), mean(group, 1)].map((value) => Number(value.toFixed(4))));
}

function mean(points: readonly (readonly number[])[], column: number): number {
  return points.reduce((sum, point) => sum + (point[column] ?? 0), 0) / points.length;
}
