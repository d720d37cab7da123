import { expect, it } from 'vitest';

import * as losses from './index.ts';

it('exports these names', () => {
  expect(Object.keys(losses).sort()).toMatchInlineSnapshot(`
    [
      "ADVERSARIAL_PASSES",
      "ALP_PASSES",
      "DIVERGENCES",
      "MART_PASSES",
      "NATURAL_PASSES",
      "RST_TRADES_PASSES",
      "SQUEEZE_PASSES",
      "SQUEEZE_RST_PASSES",
      "TRADES_PASSES",
      "VIEW_ORDER",
      "adversarialLoss",
      "alpLoss",
      "crossEntropy",
      "crossEntropyPerExample",
      "delayed",
      "divergenceNamed",
      "dlrPerExample",
      "jensenShannon",
      "klDivergence",
      "klDivergencePerExample",
      "margin",
      "martLoss",
      "naturalLoss",
      "noSearch",
      "objective",
      "pickViews",
      "rstTradesLoss",
      "selectExtremes",
      "squaredL2",
      "squeezeLoss",
      "stopGradient",
      "symmetricKl",
      "symmetricKlPlain",
      "targetedDlrPerExample",
      "tradesLoss",
      "withRandomWeightPerturbation",
      "withWeightPerturbation",
      "withoutGradient",
    ]
  `);
});
