import { COLORS, chartFrame } from '../../report/chart-style.ts';
import type { Html } from '../../report/html.ts';
import { renderChart } from '../../report/render-chart.ts';
import type { Landscape } from './report-data.ts';

/** Line styles: the trained model first, then the models that it is compared with. */
const LINES = [
  { color: COLORS.natural, type: 'solid' },
  { color: COLORS.comparison, type: 'dashed' },
] as const;

/** The mean loss from the collaborative example through the image to the adversarial example; the band holds the middle half of the images. */
export function landscapeChart(landscapes: readonly Landscape[]): Html {
  const series = landscapes.flatMap((landscape, i) => lines(landscape, LINES[i % LINES.length] ?? LINES[0]));
  const ends: { readonly [position: string]: string } = { '-1': 'collaborative', 0: 'natural', 1: 'adversarial' };
  const frame = chartFrame(
    { name: 'position in the ball', min: -1, max: 1, interval: 1, format: (value) => ends[value] ?? '' },
    { name: 'cross-entropy', min: 0 },
  );
  const legend = { ...(frame.legend as object), data: landscapes.map(({ name }) => name) };
  return renderChart('Cross-entropy from the collaborative example through the image to the adversarial example', {
    ...frame,
    legend,
    series,
  });
}

function lines({ name, positions, mean, low, high }: Landscape, style: (typeof LINES)[number]): object[] {
  const at = (values: readonly number[]): number[][] =>
    positions.map((position, i) => [position, round(values[i] ?? 0)]);
  const hidden = {
    type: 'line',
    showSymbol: false,
    silent: true,
    stack: name,
    stackStrategy: 'all',
    lineStyle: { opacity: 0 },
  };
  return [
    { ...hidden, name: `${name}, lower quartile`, data: at(low) },
    {
      ...hidden,
      name: `${name}, between the quartiles`,
      data: at(high.map((value, i) => value - (low[i] ?? 0))),
      areaStyle: { color: style.color, opacity: 0.14 },
    },
    {
      type: 'line',
      name,
      data: at(mean),
      showSymbol: false,
      lineStyle: { width: 2.5, color: style.color, type: style.type },
      itemStyle: { color: style.color },
    },
  ];
}

function round(value: number): number {
  return Number(value.toFixed(4));
}
