import { readFileSync } from 'node:fs';
import { exportedNames } from '@st/testing';
import { expect, it } from 'vitest';

import { VERSION } from './version.ts';

it('exports these names', () => {
  expect(exportedNames(new URL('./index.ts', import.meta.url))).toMatchInlineSnapshot(`
    {
      "types": [
        "AdversarialFile",
        "CurveOptions",
        "DistanceOptions",
        "EvaluateRobustnessOptions",
        "EvaluationProgress",
        "ExampleSelection",
        "Flag",
        "FoundExamples",
        "Outcome",
        "RobustnessReport",
        "Verification",
        "VerifyAdversarialFileOptions",
      ],
      "values": [
        "FLAGS",
        "OUTCOMES",
        "REPORT_SCHEMA",
        "REPORT_VERSION",
        "decodeAdversarialFile",
        "encodeAdversarialFile",
        "evaluateRobustness",
        "verifyAdversarialFile",
      ],
    }
  `);
});

it('exports these names as @st/evaluation/report', () => {
  expect(exportedNames(new URL('./report.ts', import.meta.url))).toMatchInlineSnapshot(`
    {
      "types": [
        "Accuracy",
        "AdversarialClaims",
        "AttackFailure",
        "AttackOnExample",
        "AttackSummary",
        "BrokenBy",
        "BrokenElsewhere",
        "CountedPoint",
        "CurvePoint",
        "DatasetReport",
        "Distribution",
        "ExampleReport",
        "FailedAttack",
        "FindingPhase",
        "FlagCode",
        "FlagSeverity",
        "Judgement",
        "ModelReport",
        "Subset",
        "Timing",
      ],
      "values": [
        "accuracyOf",
        "confidenceInterval",
        "countedPoints",
        "differencesFromReport",
      ],
    }
  `);
});

it('has the version of package.json', () => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(VERSION).toBe(version);
});
