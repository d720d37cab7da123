import { expect, it } from 'vitest';

import * as losses from './index.ts';

it('exports these names', () => {
  expect(Object.keys(losses).sort()).toMatchInlineSnapshot(`
    [
      "ADVERSARIAL_PASSES",
      "DIVERGENCES",
      "NATURAL_PASSES",
      "SQUEEZE_PASSES",
      "SQUEEZE_RST_PASSES",
      "TRADES_PASSES",
      "VIEW_ORDER",
      "adversarialLoss",
      "crossEntropy",
      "crossEntropyPerExample",
      "divergenceNamed",
      "dlrPerExample",
      "jensenShannon",
      "klDivergence",
      "klDivergencePerExample",
      "margin",
      "naturalLoss",
      "noSearch",
      "objective",
      "pickViews",
      "selectExtremes",
      "squaredL2",
      "squeezeLoss",
      "stopGradient",
      "symmetricKl",
      "symmetricKlPlain",
      "targetedDlrPerExample",
      "tradesLoss",
      "withoutGradient",
    ]
  `);
});
