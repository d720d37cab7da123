import { numberIn } from '../../command-line/parse-number.ts';
import { MIXING } from '../method.ts';
import { positive, positiveInteger } from './numbers.ts';
import type { Settings } from './setting.ts';

const NO_MIXED_LABELS = 'whose loss takes no mixed labels';

export type DataChoices = {
  /** Random crop and horizontal flip. */
  readonly augment: boolean;
  /** AutoAugment's policy for CIFAR-10. */
  readonly autoAugment: boolean;
  /** Side of Cutout's square in pixels; null for none. */
  readonly cutout: number | null;
  /** MixUp's alpha; null for no MixUp. With CutMix as well, each batch gets one of the two. */
  readonly mixup: number | null;
  /** CutMix's alpha; null for no CutMix. */
  readonly cutmix: number | null;
  /** Probability that CutMix mixes a batch assigned to it. */
  readonly cutmixProbability: number;
  /** Number of training images; null for all that are not held out. */
  readonly trainExamples: number | null;
  readonly validation: number;
};

/** Data. */
export const DATA_SETTINGS: Settings<DataChoices> = {
  augment: { flag: '--augment', help: 'random crop (padding 4) and horizontal flip', default: true },
  autoAugment: {
    flag: '--auto-augment',
    help: "AutoAugment's policy for CIFAR-10, after crop and flip",
    default: false,
    isOptional: true,
  },
  cutout: {
    flag: '--cutout <pixels>',
    help: 'black out a square of this side, such as 16',
    default: null,
    isOptional: true,
    parse: positiveInteger,
  },
  mixup: {
    flag: '--mixup <alpha>',
    help: `mix images and labels of a batch, such as 1 (${MIXING.join(', ')})`,
    default: null,
    isOptional: true,
    parse: positive,
    methods: MIXING,
    because: NO_MIXED_LABELS,
  },
  cutmix: {
    flag: '--cutmix <alpha>',
    help: 'paste a box of one image into another and mix the labels; with --mixup each batch gets one of the two',
    default: null,
    isOptional: true,
    parse: positive,
    methods: MIXING,
    because: NO_MIXED_LABELS,
  },
  cutmixProbability: {
    flag: '--cutmix-probability <p>',
    help: 'probability that cutmix mixes a batch assigned to it',
    default: 0.5,
    isOptional: true,
    parse: numberIn({ min: 0, max: 1, aboveMin: true }),
    methods: MIXING,
    because: NO_MIXED_LABELS,
    needs: 'cutmix',
  },
  trainExamples: {
    flag: '--train-examples <n>',
    help: 'train on only the first n images after shuffling',
    default: null,
    parse: positiveInteger,
  },
  validation: {
    flag: '--validation <n>',
    help: 'training images held out to choose the best checkpoint',
    default: 1000,
    parse: numberIn({ min: 1, max: 25_000, integer: true }),
  },
};
