/** Names that other `@st` packages use, and the types that the losses return. */

export type { AlpLoss, AlpLossTerms } from './alp-loss.ts';
export { type DivergenceFunction, divergenceNamed } from './divergence.ts';
export type { LabelSmoothing } from './label-smoothing.ts';
export type { MartLoss, MartLossTerms } from './mart-loss.ts';
export type { RstTradesLoss, RstTradesLossTerms } from './rst-trades-loss.ts';
export { type Extremes, type OfViews, VIEW_ORDER } from './select-extremes.ts';
export { SQUEEZE_PASSES, type SqueezeLoss, type SqueezeLossTerms } from './squeeze-loss.ts';
export type { TradesLoss, TradesLossTerms } from './trades-loss.ts';
export type { WeightPerturbationBase } from './weight-perturbation-options.ts';
export { withoutGradient } from './without-gradient.ts';
