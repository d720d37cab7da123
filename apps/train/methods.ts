import type { Method } from './method.ts';

/** The description of a method in the report. */
export type MethodNote = {
  readonly title: string;
  /** Its publication. */
  readonly source: string;
  /** The terms of its loss other than the cross-entropies of the views, by the name that the training loop uses. */
  readonly ownTerms: { readonly [term: string]: string };
};

const WONG =
  'Wong, Rice, Kolter, “Fast is better than free: Revisiting adversarial training”, ICLR 2020, arXiv 2001.03994';

export const METHOD_NOTES: { readonly [method in Method]: MethodNote } = {
  squeeze: {
    title: 'Squeeze training',
    source: 'Li, Guo, Zuo, Chen, “Squeeze Training for Adversarial Robustness”, ICLR 2023, arXiv 2205.11156',
    ownTerms: { squeeze: 'discrepancy of the upper and the lower view' },
  },
  trades: {
    title: 'TRADES',
    source:
      'Zhang, Yu, Jiao, Xing, El Ghaoui, Jordan, “Theoretically Principled Trade-off between Robustness and Accuracy”, ICML 2019, arXiv 1901.08573',
    ownTerms: { robust: 'divergence of the adversarial prediction from the natural one' },
  },
  mart: {
    title: 'MART',
    source:
      'Wang, Zou, Yi, Bailey, Ma, Gu, “Improving Adversarial Robustness Requires Revisiting Misclassified Examples”, ICLR 2020',
    ownTerms: {
      boosted: 'adversarial cross-entropy and margin to the strongest wrong class',
      robust: 'divergence of the predictions, weighted by 1 - natural probability of the true class',
    },
  },
  at: {
    title: 'Adversarial training',
    source:
      'Madry, Makelov, Schmidt, Tsipras, Vladu, “Towards Deep Learning Models Resistant to Adversarial Attacks”, ICLR 2018, arXiv 1706.06083',
    ownTerms: {},
  },
  alp: {
    title: 'Adversarial logit pairing',
    source: 'Kannan, Kurakin, Goodfellow, “Adversarial Logit Pairing”, 2018, arXiv 1803.06373',
    ownTerms: { pairing: 'mean squared difference of the two views’ logits' },
  },
  'fgsm-rs': { title: 'Fast adversarial training', source: WONG, ownTerms: {} },
  'n-fgsm': {
    title: 'Training with N-FGSM',
    source:
      'de Jorge, Bibi, Volpi, Sanyal, Torr, Rogez, Dokania, “Make Some Noise: Reliable and Efficient Single-Step Adversarial Training”, NeurIPS 2022, arXiv 2202.01181',
    ownTerms: {},
  },
  free: {
    title: 'Free adversarial training',
    source:
      'Shafahi, Najibi, Ghiasi, Xu, Dickerson, Studer, Davis, Taylor, Goldstein, “Adversarial Training for Free!”, NeurIPS 2019, arXiv 1904.12843',
    ownTerms: {},
  },
  natural: { title: 'Natural training', source: 'cross-entropy at natural images', ownTerms: {} },
};
