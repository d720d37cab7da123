import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

import * as evaluation from './index.ts';
import { VERSION } from './version.ts';

it('exports these names', () => {
  expect(Object.keys(evaluation).sort()).toMatchInlineSnapshot(`
    [
      "FLAGS",
      "OUTCOMES",
      "REPORT_SCHEMA",
      "REPORT_VERSION",
      "accuracyOf",
      "confidenceInterval",
      "countedPoints",
      "decodeAdversarialFile",
      "differencesFromReport",
      "encodeAdversarialFile",
      "evaluateRobustness",
      "verifyAdversarialFile",
    ]
  `);
});

it('knows its version', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(VERSION).toBe(version);
});
