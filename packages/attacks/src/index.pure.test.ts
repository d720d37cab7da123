import { expect, it } from 'vitest';

import * as attacks from './index.ts';

it('exports these names', () => {
  expect(Object.keys(attacks).sort()).toMatchInlineSnapshot(`
    [
      "CIFAR10_L2",
      "CIFAR10_LINF",
      "CIFAR10_TRAINING",
      "L2_TRAINING",
      "PGD_100",
      "PGD_20",
      "POINT_CHOICES",
      "RANDOM_STARTS",
      "RST_TRAINING",
      "SVHN_TRAINING",
      "adversarialTraining",
      "alp",
      "apgd",
      "autoAttack",
      "autoAttackVersion",
      "carliniWagner",
      "collaborativeSearch",
      "fab",
      "fabDistances",
      "fgsm",
      "fgsmAttack",
      "fgsmRs",
      "fgsmRsSearch",
      "freeAdversarialTraining",
      "l1",
      "l2",
      "linf",
      "mart",
      "nFgsm",
      "nFgsmSearch",
      "naturalTraining",
      "pgd",
      "pgdAttack",
      "project",
      "randomStart",
      "rstTrades",
      "square",
      "squeeze",
      "squeezeSearch",
      "trades",
      "tradesSearch",
      "transferAttack",
      "withRadius",
    ]
  `);
});
