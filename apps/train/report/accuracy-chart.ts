import { COLORS, chartFrame } from '../../report/chart-style.ts';
import type { Html } from '../../report/html.ts';
import { renderChart } from '../../report/render-chart.ts';
import type { Metrics, ValidationMetrics } from '../metrics.ts';

const LINES = [
  { count: 'naturalCorrect', of: 'examples', name: 'natural', color: COLORS.natural },
  { count: 'robustCorrect', of: 'examples', name: 'under PGD', color: COLORS.adversarial },
  { count: 'rawRobustCorrect', of: 'examples', name: 'not averaged', color: COLORS.comparison },
  { count: 'monitoredRobustCorrect', of: 'monitored', name: 'training images', color: COLORS.collaborative },
] as const;

/**
 * Accuracy on the held-out images over the training steps. If the run has them: the accuracy under PGD of the weights without averaging, and on training
 * images. A dashed line marks the step whose weights are evaluated.
 */
export function accuracyChart(metrics: readonly Metrics[], bestStep: number): Html {
  const validations = metrics.filter((line): line is ValidationMetrics => line.kind === 'validation');
  const percent = (value: number): string => `${value} %`;
  const present = LINES.filter(({ count }) => validations.some((line) => line[count] !== undefined));
  const series = present.map(({ count, of, name, color }, i) => ({
    type: 'line',
    name,
    data: validations.flatMap((line) => {
      const [right, total] = [line[count], line[of]];
      return right === undefined || !total ? [] : [[line.step, Number(((100 * right) / total).toFixed(2))]];
    }),
    symbol: 'circle',
    symbolSize: 6,
    lineStyle: { width: 2, color },
    itemStyle: { color },
    ...(i === 0 ? { markLine: bestLine(bestStep) } : {}),
  }));
  const steps = metrics.at(-1)?.step ?? 1;
  return renderChart('Accuracy on the validation images over the training steps', {
    ...chartFrame({ name: 'training step', min: 0, max: steps }, { name: 'accuracy', min: 0, format: percent }),
    series,
  });
}

function bestLine(step: number): object {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: COLORS.ink, type: 'dashed', width: 1 },
    label: { formatter: 'best', color: COLORS.ink, position: 'insideEndTop', rotate: 0 },
    data: [{ xAxis: step }],
  };
}
