import { exportedNames } from '@st/testing';
import { expect, it } from 'vitest';

it('exports these names', () => {
  expect(exportedNames(new URL('./index.ts', import.meta.url))).toMatchInlineSnapshot(`
    {
      "types": [
        "AlpLossOptions",
        "Divergence",
        "MartLossOptions",
        "ObjectiveOptions",
        "RstTradesLossOptions",
        "SqueezeLossOptions",
        "TradesLossOptions",
        "WeightPerturbationOptions",
        "WithDelayOptions",
      ],
      "values": [
        "DIVERGENCES",
        "SQUEEZE_RST_PASSES",
        "adversarialLoss",
        "alpLoss",
        "crossEntropy",
        "crossEntropyPerExample",
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
        "symmetricKlFullGradient",
        "targetedDlrPerExample",
        "tradesLoss",
        "withDelay",
        "withRandomWeightPerturbation",
        "withWeightPerturbation",
      ],
    }
  `);
});

it('exports these names as @st/losses/kit', () => {
  expect(exportedNames(new URL('./kit.ts', import.meta.url))).toMatchInlineSnapshot(`
    {
      "types": [
        "AlpLoss",
        "AlpLossTerms",
        "DivergenceFunction",
        "Extremes",
        "LabelSmoothing",
        "MartLoss",
        "MartLossTerms",
        "OfViews",
        "RstTradesLoss",
        "RstTradesLossTerms",
        "SqueezeLoss",
        "SqueezeLossTerms",
        "TradesLoss",
        "TradesLossTerms",
        "WeightPerturbationBase",
      ],
      "values": [
        "SQUEEZE_PASSES",
        "VIEW_ORDER",
        "divergenceNamed",
        "withoutGradient",
      ],
    }
  `);
});
