export { ADVERSARIAL_PASSES, adversarialLoss } from './adversarial-loss.ts';
export { ALP_PASSES, type AlpLoss, type AlpLossOptions, type AlpLossTerms, alpLoss } from './alp-loss.ts';
export { crossEntropy, crossEntropyPerExample } from './cross-entropy.ts';
export { type DelayedOptions, delayed } from './delayed.ts';
export { DIVERGENCES, type Divergence, type DivergenceFunction, divergenceNamed } from './divergence.ts';
export { dlrPerExample, targetedDlrPerExample } from './dlr.ts';
export { jensenShannon } from './jensen-shannon.ts';
export { klDivergence, klDivergencePerExample } from './kl-divergence.ts';
export type { LabelSmoothing } from './label-smoothing.ts';
export { margin } from './margin.ts';
export { MART_PASSES, type MartLoss, type MartLossOptions, type MartLossTerms, martLoss } from './mart-loss.ts';
export { NATURAL_PASSES, naturalLoss } from './natural-loss.ts';
export { noSearch, type ObjectiveOptions, objective } from './objective.ts';
export {
  RST_TRADES_PASSES,
  type RstTradesLoss,
  type RstTradesLossOptions,
  type RstTradesLossTerms,
  rstTradesLoss,
} from './rst-trades-loss.ts';
export { type Extremes, type OfViews, pickViews, selectExtremes, VIEW_ORDER } from './select-extremes.ts';
export { squaredL2 } from './squared-l2.ts';
export {
  SQUEEZE_PASSES,
  SQUEEZE_RST_PASSES,
  type SqueezeLoss,
  type SqueezeLossOptions,
  type SqueezeLossTerms,
  squeezeLoss,
} from './squeeze-loss.ts';
export { symmetricKl, symmetricKlPlain } from './symmetric-kl.ts';
export {
  TRADES_PASSES,
  type TradesLoss,
  type TradesLossOptions,
  type TradesLossTerms,
  tradesLoss,
} from './trades-loss.ts';
export type { WeightPerturbationBase } from './weight-perturbation-options.ts';
export { withRandomWeightPerturbation } from './with-random-weight-perturbation.ts';
export { type WeightPerturbationOptions, withWeightPerturbation } from './with-weight-perturbation.ts';
export { stopGradient, withoutGradient } from './without-gradient.ts';
