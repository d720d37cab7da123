import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent, MarkPointComponent } from 'echarts/components';
import { type EChartsCoreOption, init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

import { type Html, html, trusted } from './html.ts';

use([BarChart, LineChart, GridComponent, LegendComponent, MarkLineComponent, MarkPointComponent, SVGRenderer]);

/** Two sizes of every chart: text in a scaled drawing would be unreadable on a phone. The style sheet shows one of them. */
const SIZES = [
  { variant: 'wide', width: 760, height: 340 },
  { variant: 'narrow', width: 360, height: 280 },
] as const;

/**
 * Draws a chart as inline SVG, twice: for wide and for narrow screens. Colours are custom properties of the page
 * (`var(--natural)`), so that light and dark mode hold inside the drawing too.
 * @param label - What the chart shows, for those who do not see it.
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
  // inline SVG needs no name spaces, the page is to name no other site, and the hover styles would blank what the pointer touches
  return svg.replaceAll(/ xmlns(:\w+)?="[^"]*"|<style[\s\S]*?<\/style>| class="[^"]*"/g, '');
}
