import { decode } from 'fast-png';
import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';

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

  it('draws three charts for two widths of screen, each well-formed and without a number that is none', () => {
    expect(drawings).toHaveLength(6);
    for (const drawing of drawings) {
      expect(XMLValidator.validate(drawing)).toBe(true);
      expect(drawing).not.toMatch(/NaN|undefined/);
      expect(drawing.match(/<path/g)?.length).toBeGreaterThan(3);
    }
  });

  it('names no other site and asks for nothing outside itself', () => {
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

  it('says how to get the same again', () => {
    expect(report).toContain('npm start -- --preset quick --beta 2.5 --seed 7 --backend wasm');
  });

  it('escapes what is not markup', () => {
    expect(report).toContain('A &lt;fast&gt; &amp; quiet one, 2 cores');
  });
});
