import type { RobustnessReport } from '@st/evaluation';
import type { CurvePoint } from '@st/evaluation/report';

import { formatRadius } from '../../command-line/format-setting.ts';
import { COLORS, chartFrame } from '../../report/chart-style.ts';
import type { Html } from '../../report/html.ts';
import { renderChart } from '../../report/render-chart.ts';

/** Robust accuracy over epsilon, starting with the natural accuracy at radius 0; Wilson's interval as a band. */
export function curveChart({ natural, threat }: RobustnessReport, curve: readonly CurvePoint[]): Html {
  const points = [{ epsilon: 0, robust: natural }, ...curve];
  const inLevels = threat?.norm === 'linf';
  const scale = inLevels ? 255 : 1;
  const at = (value: (point: (typeof points)[number]) => number): number[][] =>
    points.map((point) => [rounded(scale * point.epsilon), rounded(100 * value(point))]);
  const hidden = {
    type: 'line',
    showSymbol: false,
    silent: true,
    stack: 'interval',
    stackStrategy: 'all',
    lineStyle: { opacity: 0 },
  };
  const farthest = scale * Math.max(...points.map(({ epsilon }) => epsilon));
  const name = inLevels ? 'epsilon in gray levels of 255' : `epsilon (${threat?.norm ?? ''})`;
  return renderChart('Robust accuracy over epsilon', {
    ...chartFrame(
      {
        name,
        min: 0,
        max: rounded(farthest),
        interval: rounded(farthest / 4),
        format: (value) => String(Number(value.toFixed(2))),
      },
      { name: 'accuracy', min: 0, max: 100, format: (value) => `${value} %` },
    ),
    legend: { show: false },
    grid: { left: 52, right: 22, top: 24, bottom: 48 },
    series: [
      { ...hidden, data: at(({ robust }) => robust.interval.low) },
      {
        ...hidden,
        data: at(({ robust }) => robust.interval.high - robust.interval.low),
        areaStyle: { color: COLORS.adversarial, opacity: 0.16 },
      },
      {
        type: 'line',
        data: at(({ robust }) => robust.accuracy),
        symbol: 'circle',
        symbolSize: 7,
        lineStyle: { width: 2.5, color: COLORS.adversarial },
        itemStyle: { color: COLORS.adversarial },
        ...(threat ? { markLine: evaluatedLine(rounded(scale * threat.epsilon), formatRadius(threat.epsilon)) } : {}),
      },
    ],
  });
}

function evaluatedLine(at: number, text: string): object {
  return {
    silent: true,
    symbol: 'none',
    lineStyle: { color: COLORS.ink, type: 'dashed', width: 1 },
    label: { formatter: text, color: COLORS.ink, position: 'insideEndTop', rotate: 0 },
    data: [{ xAxis: at }],
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}
