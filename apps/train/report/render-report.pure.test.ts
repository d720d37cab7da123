import { decode } from 'fast-png';
import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';

import type { Metrics } from '../metrics.ts';
import { renderReport } from './render-report.ts';
import { testingReportData } from './testing-report-data.ts';

const report = renderReport(testingReportData());
const drawings = report.match(/<svg[\s\S]*?<\/svg>/g) ?? [];
const sources = [...report.matchAll(/src="([^"]*)"/g)].map(([, source = '']) => source);

describe('renderReport', () => {
  it('states every accuracy with its exact counts and interval', () => {
    expect(report).toContain('449 / 1,000');
    expect(report).toContain('44.9 %');
    expect(report).toContain('259 / 1,000');
    expect(report).toContain('23.3 – 28.7');
  });

  it('says by which accuracy the best weights were chosen', () => {
    expect(report).toContain('The evaluated weights are those of step 10, which did best under attack.');
    const data = testingReportData();
    const natural = renderReport({ ...data, training: { ...data.training, bestBy: 'natural' } });
    expect(natural).toContain('The evaluated weights are those of step 10, which did best on natural images.');
  });

  it('draws four charts for two screen widths, well-formed and without NaN', () => {
    expect(drawings).toHaveLength(8);
    for (const drawing of drawings) {
      expect(XMLValidator.validate(drawing)).toBe(true);
      expect(drawing).not.toMatch(/NaN|undefined/);
      expect(drawing.match(/<path/g)?.length).toBeGreaterThan(3);
    }
  });

  it('names no other site and loads nothing from outside', () => {
    const withoutImages = report.replaceAll(/data:image\/png;base64,[\w+/=]*/g, 'data:');
    expect(withoutImages.match(/https?:|\/\/\w|<link|<script|@import|url\((?!#)/g)).toBeNull();
    expect(sources.filter((source) => !source.startsWith('data:image/png;base64,'))).toEqual([]);
  });

  it('holds the images and perturbations of a sample as PNG, pixel by pixel', () => {
    expect(sources).toHaveLength(5);
    const { width, height, data } = decode(Buffer.from(sources[0]?.split(',')[1] ?? '', 'base64'));
    expect({ width, height }).toEqual({ width: 32, height: 32 });
    expect([...data.slice(0, 300)]).toEqual(Array.from({ length: 300 }, (_, i) => i % 256));
  });

  it('marks right and wrong predictions, with their probability', () => {
    expect(report).toMatch(/class="right">✓ cat/);
    expect(report).toMatch(/class="wrong">✗ dog/);
    expect(report).toContain('63 %');
  });

  it('says how to reproduce the run', () => {
    expect(report).toContain('npm start -- --preset quick --beta 2.5 --seed 7 --backend wasm');
  });

  it('shows the terms of the method beside the cross-entropies, and where the method comes from', () => {
    expect(report).toContain('Squeeze training’s own terms');
    expect(report).toContain('discrepancy of the upper and the lower view');
    expect(report).toContain('The loss weights <b>squeeze</b> by 2.5');
    expect(report).toContain('arXiv 2205.11156');
    const data = testingReportData();
    const mart = renderReport({ ...data, configuration: { ...data.configuration, method: 'mart', beta: 5 } });
    expect(mart).toContain('MART on CIFAR');
    expect(mart).toContain('margin to the strongest wrong class');
    expect(mart).not.toContain('2205.11156');
    const at = renderReport({ ...data, configuration: { ...data.configuration, method: 'at' } });
    expect(at).not.toContain('own terms');
  });

  it('shows averaged and raw weights, monitored training images, and the checks for catastrophic overfitting', () => {
    const data = testingReportData();
    expect(report).not.toContain('not averaged');
    const metrics = data.metrics.flatMap((line): Metrics[] =>
      line.kind === 'validation'
        ? [
            { ...line, rawRobustCorrect: 4, monitored: 20, monitoredRobustCorrect: 9 },
            { kind: 'overfitting', step: line.step, epoch: 1, training: 0.9, attacked: 0.8, overfitted: false },
          ]
        : [line],
    );
    const sound = renderReport({ ...data, metrics });
    for (const words of ['not averaged', 'training images', 'robust overfitting', '3 checks on a batch']) {
      expect(sound).toContain(words);
    }
    const overfitted = metrics.map((line) =>
      line.kind === 'overfitting' ? { ...line, attacked: 0.1, overfitted: true } : line,
    );
    expect(renderReport({ ...data, metrics: overfitted })).toContain('was seen at step 5, 10, 15.');
    const configuration = { ...data.configuration, catastrophicOverfitting: 'stop' } as const;
    expect(renderReport({ ...data, configuration, metrics: overfitted.slice(0, 3) })).toContain(
      'was seen at step 5, where training went back to the last sound weights and ended.',
    );
  });

  it('escapes text', () => {
    expect(report).toContain('A &lt;fast&gt; &amp; quiet one, 2 cores');
  });
});
