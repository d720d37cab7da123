import { expect, it } from 'vitest';

import * as parts from './parts.ts';

it('exports these names', () => {
  expect(Object.keys(parts).sort()).toMatchInlineSnapshot(`
    [
      "GAUSSIAN_START_DEVIATION",
      "apgdCheckpoints",
      "apgdOscillates",
      "apgdRun",
      "apgdSchedule",
      "apgdStart",
      "ascentStep",
      "carliniWagnerRun",
      "checkAttacks",
      "checkThreat",
      "epsilonsOf",
      "fabRun",
      "fabStart",
      "l1BoxShift",
      "nearestBoundary",
      "projectL1",
      "projectL1Box",
      "projectL2",
      "projectLinf",
      "projectOnHyperplane",
      "sameThreat",
      "squareBump",
      "squareFraction",
      "squareRun",
      "squareSide",
      "squeezeStep",
      "startPerExample",
      "steepestDirection",
      "threatJson",
    ]
  `);
});
