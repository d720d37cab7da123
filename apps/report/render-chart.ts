import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, MarkPointComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

import { type Html, html, trusted } from './html.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, MarkPointComponent, SVGRenderer]);

/** Every chart is drawn in two sizes, because text in a scaled-down drawing is unreadable on a phone. The style sheet shows one. */
const SIZES = [
  { variant: 'wide', width: 760, height: 340 },
  { variant: 'narrow', width: 360, height: 280 },
] as const;

/**
 * Draws a chart as inline SVG, once for wide and once for narrow screens. Colors are custom properties of the page (`var(--natural)`), so light and
 * dark mode apply inside the drawing too.
 * @param label - Description of the chart for screen readers.
 */
export function renderChart(label: string, option: EChartsCoreOption): Html {
  return html`${SIZES.map(
    ({ variant, width, height }) =>
      html`<div class="chart chart-${variant}" role="img" aria-label="${label}">${trusted(draw(option, width, height))}</div>`,
  )}`;
}

function draw(option: EChartsCoreOption, width: number, height: number): string {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily: 'inherit' },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  // Removes name spaces, which inline SVG does not need and which name other sites, and hover styles, which would hide the elements under the pointer.
  return svg.replaceAll(/ xmlns(:\w+)?="[^"]*"|<style[\s\S]*?<\/style>| class="[^"]*"/g, '');
}
