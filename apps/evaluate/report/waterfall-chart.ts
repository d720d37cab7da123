import type { RobustnessReport } from '@st/evaluation';

import { COLORS, chartFrame } from '../../report/chart-style.ts';
import type { Html } from '../../report/html.ts';
import { renderChart } from '../../report/render-chart.ts';
import { nameOfAll, nameOfPart } from '../result-lines.ts';

/** A bar of the waterfall: the accuracy left, and on top of it the accuracy lost in this step. */
type Bar = { readonly name: string; readonly standing: number; readonly fallen: number };

/** The accuracy after each attack, from the natural accuracy down to the worst case. */
export function waterfallChart(report: RobustnessReport): Html {
  const { natural, robust, attacks, brokenElsewhere } = report;
  const bars: readonly Bar[] = [
    { name: 'natural', standing: natural.accuracy, fallen: 0 },
    ...attacks.map((attack) => ({
      name: attack.name,
      standing: attack.robust.accuracy,
      fallen: attack.marginalEffect,
    })),
    ...brokenElsewhere.map((part) => ({
      name: nameOfPart(part),
      standing: part.robust.accuracy,
      fallen: part.broken / natural.total,
    })),
    { name: nameOfAll(report).replace(' ', '\n'), standing: robust.accuracy, fallen: 0 },
  ];
  const last = bars.length - 1;
  const percent = (share: number): number => Number((100 * share).toFixed(2));
  const isWhole = (i: number): boolean => i === 0 || i === last;
  const frame = chartFrame({ name: '' }, { name: 'accuracy', min: 0, max: 100, format: (value) => `${value} %` });
  const piece = { type: 'bar', stack: 'accuracy', barCategoryGap: '35%', silent: true };
  return renderChart('Accuracy after each attack', {
    ...frame,
    grid: { left: 52, right: 22, top: 24, bottom: 40 },
    legend: { show: false },
    xAxis: {
      type: 'category',
      data: bars.map(({ name }) => name),
      axisLabel: { color: COLORS.ink, fontSize: 12, interval: 0, hideOverlap: false },
      axisLine: { lineStyle: { color: COLORS.rule } },
      axisTick: { show: false },
    },
    series: [
      {
        ...piece,
        name: 'standing',
        data: bars.map(({ standing }, i) => ({
          value: percent(standing),
          itemStyle: { color: COLORS.natural, opacity: isWhole(i) ? 1 : 0.28 },
        })),
        label: label(isWhole, bars),
      },
      {
        ...piece,
        name: 'broken',
        itemStyle: { color: COLORS.adversarial },
        data: bars.map(({ fallen }) => percent(fallen)),
        label: label((i) => !isWhole(i), bars),
      },
    ],
  });
}

function label(shows: (i: number) => boolean, bars: readonly Bar[]): object {
  return {
    show: true,
    position: 'top',
    color: COLORS.ink,
    fontSize: 12,
    formatter: ({ dataIndex: i }: { readonly dataIndex: number }): string => {
      const bar = bars[i];
      if (!bar || !shows(i)) return '';
      if (shows(0)) return `${(100 * bar.standing).toFixed(1)} %`;
      return bar.fallen > 0 ? `−${(100 * bar.fallen).toFixed(1)}` : '0';
    },
  };
}
