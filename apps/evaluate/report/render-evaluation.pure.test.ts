import { accuracyOf } from '@st/evaluation/report';
import { decode } from 'fast-png';
import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';

import { completeSettings } from '../command-line.ts';
import { resultLines } from '../result-lines.ts';
import { testingReport } from '../testing-report.ts';
import { renderEvaluation } from './render-evaluation.ts';

const report = testingReport();
const pixels = Array.from({ length: 32 * 32 * 3 }, (_, i) => i % 256);
const sample = {
  label: 'cat',
  predicted: 'dog',
  attack: 'square',
  norm: 0.0314,
  imageShape: [32, 32, 3] as const,
  natural: pixels,
  perturbation: pixels,
  adversarial: pixels,
};
const environment = { backend: 'wasm', node: 'v20', platform: 'linux', processor: 'quiet', cores: 2, versions: {} };
const settings = completeSettings({ checkpoint: 'somewhere/private' });
const page = renderEvaluation({ report, samples: [sample], settings, environment });
const drawings = page.match(/<svg[\s\S]*?<\/svg>/g) ?? [];

describe('renderEvaluation', () => {
  it('states every accuracy with exact counts and interval, and the result of each attack', () => {
    for (const text of ['800 / 1,000', '48.0 %', '77.4 – 82.4', '20 (3 claims refused)', '2 h 0 min']) {
      expect(page).toContain(text);
    }
  });

  it('draws waterfall and curve for two screen widths, well-formed and without NaN', () => {
    expect(drawings).toHaveLength(4);
    for (const drawing of drawings) {
      expect(XMLValidator.validate(drawing)).toBe(true);
      expect(drawing).not.toMatch(/NaN|undefined/);
    }
    for (const text of ['apgd-ce', 'worst', '80.0 %', '−30.0', '−2.0']) expect(drawings[0]).toContain(text);
  });

  it('explains every flag, the most severe first', () => {
    expect(page.indexOf('Gradients that are zero')).toBeLessThan(page.indexOf('Not a complete ensemble'));
    expect(page).toContain('7 of 100.');
    expect(page).toContain('Attacks run: &lt;two&gt;.');
    expect(page).toContain('<b>What to do:</b>');
    const sound = renderEvaluation({ report: { ...report, flags: [] }, samples: [], settings, environment });
    expect(sound).toContain('None. Gradients are finite and not zero');
  });

  it('shows adversarial examples with their perturbation and predicted class', () => {
    expect(page.match(/data:image\/png/g)).toHaveLength(3);
    expect(page).toContain('✗ dog');
    expect(page).toContain('square, size 0.0314');
  });

  it('shows gray images, and images that are not square, in their shape', () => {
    const gray = pixels.slice(0, 2 * 4);
    const tall = { ...sample, imageShape: [4, 2, 1] as const, natural: gray, perturbation: gray, adversarial: gray };
    const shown = renderEvaluation({ report, samples: [tall], settings, environment });
    const [, encoded = ''] =
      /data:image\/png;base64,([\w+/=]*)" alt="cat, natural" width="96" height="192"/.exec(shown) ?? [];
    expect(decode(Buffer.from(encoded, 'base64'))).toMatchObject({ width: 2, height: 4, channels: 1 });
  });

  it('names no other site, loads nothing from outside, and contains no path', () => {
    const withoutImages = page.replaceAll(/data:image\/png;base64,[\w+/=]*/g, 'data:');
    expect(withoutImages.match(/https?:|\/\/\w|<link|<script|@import|url\((?!#)/g)).toBeNull();
    expect(page).not.toContain('somewhere/private');
    expect(page).toContain('Robustness of a &amp; b');
  });

  it('shows how many images other parts of the run broke, and why attacks failed', () => {
    const [first, second] = report.attacks;
    if (!first || !second) throw new Error('two attacks');
    const message = 'no gradient for Greater';
    const failed = { code: 'ST_MISSING_GRADIENT', message, examples: 800 };
    const odd = {
      ...report,
      autoAttack: 'standard' as const,
      attacks: [{ ...first, failed }, second],
      failures: [{ ...failed, phase: 'attack' as const, attack: 'apgd-ce', epsilon: 8 / 255 }],
      brokenElsewhere: [
        { phase: 'curve' as const, attack: 'pgd-20', epsilon: 4 / 255, broken: 7, robust: accuracyOf(473, 1000) },
      ],
      robust: accuracyOf(473, 1000),
      judgement: { randomised: true, passes: 51 },
    };
    const shown = renderEvaluation({ report: odd, samples: [], settings, environment });
    for (const text of ['apgd-ce (failed)', `on 800 images: ${message}`, 'pgd-20 at 4/255', 'up to 51 passes'])
      expect(shown).toContain(text);
    expect(shown).not.toContain('under AutoAttack');
    const lines = resultLines(odd);
    expect(lines).toContain(`FAILED: apgd-ce could not be run on 800 images: ${message}`);
    expect(lines.find((line) => line.startsWith('pgd-20 at 4/255'))).toMatch(/ 7 +47\.3 % +473\/1000/);
    expect(lines.join()).not.toContain('AutoAttack');
    expect(lines).toContain('Each prediction is the majority of up to 51 passes.');
  });

  it('renders without attacks, curve and adversarial examples', () => {
    const bare = {
      ...report,
      threat: null,
      attacks: [],
      curve: null,
      flags: [],
      timing: { ...report.timing, attacks: [] },
    };
    const natural = renderEvaluation({ report: bare, samples: [], settings, environment });
    expect(natural).not.toContain('<svg');
    expect(natural).toContain('no attack');
  });
});

describe('resultLines', () => {
  it('aligns the table for a terminal and ends with the flags', () => {
    const lines = resultLines(report);
    expect(lines.slice(0, 5)).toEqual([
      '            attacked  broken  accuracy     right     95 % interval       time',
      'natural                         80.0 %  800/1000  77.4 % to 82.4 %        2 s',
      'apgd-ce          800     300    50.0 %  500/1000  46.9 % to 53.1 %  1 min 1 s',
      'square           500      20    48.0 %  480/1000  44.9 % to 51.1 %  2 h 0 min',
      'worst case                      48.0 %  480/1000  44.9 % to 51.1 %  2 h 1 min',
    ]);
    expect(lines).toContain('SUSPECT: Gradients that are zero. 7 of 100.');
    expect(lines).toContain('Robustness curve (linf):');
  });
});
