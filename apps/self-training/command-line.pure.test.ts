import { describe, expect, it } from 'vitest';

import { UsageError } from '../command-line/usage-error.ts';
import { parseRstCommand } from './command-line.ts';

describe('parseRstCommand', () => {
  it('defaults to the published settings of the search and the sampler', () => {
    expect(parseRstCommand([])).toMatchObject({
      ...{ method: 'squeeze', epsilon: 0.031, steps: 10, stepSize: 0.007, beta: 6, labelledFraction: 0.5 },
      ...{ confidence: 0, relabel: false, baseline: false, backend: 'auto' },
    });
  });

  it('reads fractions and lists', () => {
    expect(parseRstCommand(['--epsilon', '8/255', '--widths', '2,4,8,16', '--method', 'trades'])).toMatchObject({
      ...{ epsilon: 8 / 255, widths: [2, 4, 8, 16], method: 'trades' },
    });
  });

  it('returns the help text for --help', () => {
    const result = parseRstCommand(['--help']);
    expect('help' in result && result.help).toContain('--labelled-fraction <x>');
  });

  it.each([
    [['--relabel'], '--relabel needs auxiliary images: --aux FILE.'],
    [['--confidence', '2'], 'It must be a number or a fraction such as 8/255, in [0, 1]. See --help.'],
    [['--widths', '8,16'], 'It must be four widths in rising order, such as 16,32,64,128. See --help.'],
    [['--method', 'mart'], 'Allowed choices are squeeze, trades. See --help.'],
    [['--labeled', '5'], "unknown option '--labeled'"],
  ])('refuses %j in one line', (args, message) => {
    expect(() => parseRstCommand(args)).toThrow(UsageError);
    expect(() => parseRstCommand(args)).toThrow(message);
  });
});
