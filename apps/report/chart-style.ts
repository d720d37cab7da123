import type { EChartsCoreOption } from 'echarts/core';

/** Colors of the page; the style sheet defines them for light and dark mode. */
export const COLORS = {
  adversarial: 'var(--adversarial)',
  natural: 'var(--natural)',
  collaborative: 'var(--collaborative)',
  comparison: 'var(--comparison)',
  ink: 'var(--ink-soft)',
  rule: 'var(--rule)',
} as const;

type Axis = {
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
  readonly interval?: number;
  readonly format?: (value: number) => string;
};

/** The frame of a line chart: plain axes, horizontal grid lines only, the legend on top. */
export function chartFrame(x: Axis, y: Axis): EChartsCoreOption {
  return {
    grid: { left: 52, right: 22, top: 44, bottom: 48 },
    legend: {
      top: 4,
      left: 44,
      itemWidth: 18,
      itemHeight: 3,
      icon: 'rect',
      itemGap: 18,
      textStyle: { color: COLORS.ink, fontSize: 13 },
    },
    xAxis: {
      ...axis(x),
      nameLocation: 'middle',
      nameGap: 30,
      splitLine: { show: false },
      axisLine: { lineStyle: { color: COLORS.rule } },
      axisTick: { show: false },
    },
    yAxis: {
      ...axis(y),
      nameLocation: 'end',
      nameGap: 0,
      nameTextStyle: { fontSize: 0, color: COLORS.ink },
      splitLine: { lineStyle: { color: COLORS.rule, width: 1 } },
      axisLine: { show: false },
      axisTick: { show: false },
    },
  };
}

function axis({ name, min, max, interval, format }: Axis): object {
  return {
    type: 'value',
    name,
    nameTextStyle: { color: COLORS.ink, fontSize: 12 },
    axisLabel: { color: COLORS.ink, fontSize: 12, ...(format ? { formatter: format } : {}) },
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(interval === undefined ? {} : { interval }),
  };
}
