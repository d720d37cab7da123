import { LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([LineChart, ScatterChart, GridComponent, LegendComponent, SVGRenderer]);

const SIZE = { width: 760, height: 380 };

/** Colors that are told apart on a white page, also by people who do not see red and green. */
const COLORS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

type Series = { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] };

export type Plot = {
  readonly x: string;
  readonly y: string;
  readonly series: readonly Series[];
  /** Whether the points of a series are joined. */
  readonly joined: boolean;
};

/** Draws a plot as a file of its own: white background, colors of its own. */
export function drawSvg({ x, y, series, joined }: Plot): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, ...SIZE });
  const option: EChartsCoreOption = {
    animation: false,
    backgroundColor: '#ffffff',
    color: COLORS,
    grid: { left: 64, right: 24, top: 48, bottom: 52 },
    legend: { top: 8 },
    xAxis: { type: 'value', name: x, nameLocation: 'middle', nameGap: 30, scale: true },
    yAxis: { type: 'value', name: y, nameLocation: 'middle', nameGap: 44, scale: true },
    series: series.map(({ name, points }) => ({
      name,
      type: joined ? 'line' : 'scatter',
      data: points,
      symbolSize: joined ? 6 : 10,
    })),
  };
  chart.setOption(option);
  const svg = chart.renderToSVGString();
  chart.dispose();
  return `${svg}\n`;
}
