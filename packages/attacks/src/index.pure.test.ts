import { expect, it } from 'vitest';

import * as attacks from './index.ts';

it('exports these names', () => {
  expect(Object.keys(attacks).sort()).toMatchInlineSnapshot(`
    [
      "CIFAR100_LINF",
      "CIFAR10_L2",
      "CIFAR10_LINF",
      "CIFAR10_TRAINING",
      "GAUSSIAN_START_DEVIATION",
      "L1_STEP_SHARE",
      "PGD_100",
      "PGD_20",
      "POINT_CHOICES",
      "RANDOM_STARTS",
      "SVHN_LINF",
      "SVHN_TRAINING",
      "adversarialTraining",
      "apgd",
      "apgdCheckpoints",
      "apgdRun",
      "apgdSchedule",
      "apgdStart",
      "ascentStep",
      "checkThreat",
      "collaborativeSearch",
      "fgsm",
      "l1",
      "l1BoxShift",
      "l2",
      "linf",
      "naturalTraining",
      "oscillates",
      "pgd",
      "project",
      "projectL1",
      "projectL1Box",
      "projectL2",
      "projectLinf",
      "randomStart",
      "squeeze",
      "squeezeSearch",
      "squeezeStep",
      "steepestDirection",
      "trades",
      "tradesSearch",
    ]
  `);
});
