import type { PointChoice, RandomStart } from '@st/attacks';
import type { BackendName } from '@st/backend';
import type { Norm } from '@st/core';
import type { Divergence } from '@st/losses';

import type { PresetName } from './presets.ts';

/** Everything that decides the outcome of a run. Written to `config.json`; on one back end, the same values give the same weights. */
export type Configuration = {
  readonly preset: PresetName;
  readonly method: Method;
  /** `resnet18`, `preactresnet18`, `wrn-34-10`, ... */
  readonly model: string;
  /** Channels of the model's stages, before widening; null: as published. */
  readonly widths: readonly number[] | null;

  readonly norm: Norm;
  readonly epsilon: number;
  readonly stepSize: number;
  readonly steps: number;
  readonly beta: number;
  readonly divergence: Divergence;
  readonly points: PointChoice;
  /** Where a search starts from; null: as its publication does. */
  readonly start: RandomStart | null;
  /** Radius of N-FGSM's noise, in radii of the ball. */
  readonly noise: number;
  /** Steps in a row that free adversarial training takes on each batch. */
  readonly replays: number;
  readonly labelSmoothing: number;

  /** Steps of natural training before the method sets in. */
  readonly delay: number;
  /** Adversarial weight perturbation: its length relative to each weight tensor; 0: none. */
  readonly awp: number;
  /** Epochs before it sets in. */
  readonly awpWarmup: number;
  /** Decay of the moving average of the weights; null: no average. */
  readonly ema: number | null;
  /** Global norm that gradients are scaled down to; null: as they are. */
  readonly clipNorm: number | null;

  readonly lr: number;
  readonly schedule: Schedule;
  readonly dropEpochs: readonly number[];
  readonly dropFactor: number;
  readonly rise: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly epochs: number;
  /** Ends the run after so many steps, before its epochs are over; null: train them all. */
  readonly maxSteps: number | null;
  readonly batchSize: number;

  /** Random crop and horizontal flip. */
  readonly augment: boolean;
  /** AutoAugment's policy for CIFAR-10. */
  readonly autoAugment: boolean;
  /** Side of Cutout's square in pixels; null: none. */
  readonly cutout: number | null;
  /** MixUp's alpha; null: none. With CutMix, too, each batch gets one of the two. */
  readonly mixup: number | null;
  /** CutMix's alpha; null: none. */
  readonly cutmix: number | null;
  /** How likely CutMix mixes a batch that it gets. */
  readonly cutmixProbability: number;
  /** Trains on so many images only; null: on all that are not held out. */
  readonly trainExamples: number | null;
  readonly validation: number;
  readonly validateEvery: number | null;
  /** What the best weights are best at on the held-out images; null: what the method trains (natural accuracy with `natural`). */
  readonly bestBy: (typeof CRITERIA)[number] | null;
  /** Ends the run after so many validations without a better one; null: never. */
  readonly earlyStop: number | null;
  /** Training images evaluated beside the held-out ones; null: none. */
  readonly monitorExamples: number | null;
  readonly validationSteps: number;
  /** What a single-step method does about catastrophic overfitting. */
  readonly catastrophicOverfitting: (typeof OVERFITTING_ACTIONS)[number];
  /** How much better it may do on its own training examples than under PGD on the same images, in accuracy. */
  readonly overfittingTolerance: number;

  readonly evalExamples: number;
  readonly evalSteps: number;
  readonly evalStepSize: number;
  readonly pathExamples: number;
  /** Steps of a natural training of the same model, to compare the loss landscape with; 0: none. */
  readonly baselineSteps: number;

  readonly seed: number;
  /** Name of the back end; resolved, never `auto`. */
  readonly backend: BackendName;
  readonly checkpointEvery: number;
};

export type Method = (typeof METHODS)[number];
export const METHODS = ['squeeze', 'trades', 'mart', 'at', 'alp', 'fgsm-rs', 'n-fgsm', 'free', 'natural'] as const;

export const CRITERIA = ['natural', 'robust'] as const;

export const OVERFITTING_ACTIONS = ['off', 'report', 'stop'] as const;

/** The methods whose loss takes labels that are mixed. */
export const MIXING: readonly Method[] = ['at', 'fgsm-rs', 'n-fgsm', 'free', 'natural'];

/** The methods that can learn to defeat their own single step alone. */
export const SINGLE_STEP: readonly Method[] = ['fgsm-rs', 'n-fgsm', 'free'];

export type Schedule = (typeof SCHEDULES)[number];
export const SCHEDULES = ['constant', 'piecewise', 'cosine', 'one-cycle'] as const;
