import type { Norm, ThreatModel } from '@st/core';

import { l2, linf } from './ball/threat.ts';

/** 8 gray levels on CIFAR-10: Madry et al. 2018, arXiv 1706.06083, and every paper since; on CIFAR-100 and SVHN, too: Li et al. 2023, arXiv 2205.11156, section 5. */
export const CIFAR10_LINF: ThreatModel = linf(8 / 255);

/** Euclidean radius 128 / 255 on CIFAR-10: Wu et al. 2020, AWP, arXiv 2004.05884, section 5. */
export const CIFAR10_L2: ThreatModel = l2(128 / 255);

/** How a search walks: number of steps and their length. */
export type SearchSettings = { readonly steps: number; readonly stepSize: number };

/** A walk and the l-infinity radius it is made for: what the presets of training take. */
export type LinfSearchSettings = SearchSettings & { readonly epsilon: number };

/** A walk within the ball of any norm; l-infinity where none is given. */
export type BallSearchSettings = LinfSearchSettings & { readonly norm?: Norm };

/** The inner search of training on CIFAR-10 and CIFAR-100: Li et al. 2023, Squeeze Training, arXiv 2205.11156, section 5. */
export const CIFAR10_TRAINING: LinfSearchSettings = { epsilon: 8 / 255, steps: 10, stepSize: 2 / 255 };

/** The inner search of training on SVHN, half the step: Li et al. 2023, Squeeze Training, arXiv 2205.11156, section 5. */
export const SVHN_TRAINING: LinfSearchSettings = { epsilon: 8 / 255, steps: 10, stepSize: 1 / 255 };

/** The inner search of training within the l2 ball, on every data set: Wu et al. 2020, AWP, arXiv 2004.05884, section 5. */
export const L2_TRAINING: BallSearchSettings & { readonly norm: 'l2' } = {
  norm: 'l2',
  epsilon: 128 / 255,
  steps: 10,
  stepSize: 15 / 255,
};

/** The inner search of robust self-training on CIFAR-10, as its command line rounds 8 / 255 and 2 / 255: Carmon et al. 2019, arXiv 1905.13736. */
export const RST_TRAINING: LinfSearchSettings = { epsilon: 0.031, steps: 10, stepSize: 0.007 };

/** PGD-20 for evaluation at 8 / 255, step 2 / 255. With `ascend: 'margin'` it is what papers call CW. */
export const PGD_20: SearchSettings = { steps: 20, stepSize: 2 / 255 };

/** PGD-100 for evaluation at 8 / 255, step 2 / 255, as in the published test script of squeeze training. */
export const PGD_100: SearchSettings = { steps: 100, stepSize: 2 / 255 };
