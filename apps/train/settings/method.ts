import { InvalidArgumentError } from 'commander';
import { increasingIntegers, numberIn } from '../../command-line/parse-number.ts';
import { METHODS, type Method } from '../method.ts';
import { MODEL_NAMES, parseModelName } from '../model-name.ts';
import { choice } from './choice.ts';
import { nonNegativeInteger } from './numbers.ts';
import type { Settings } from './setting.ts';

export type MethodChoices = {
  readonly method: Method;
  /** `resnet18`, `preactresnet18`, `wrn-34-10`, ... */
  readonly model: string;
  /** Channels of the model's stages, before widening; null for the published ones. */
  readonly widths: readonly number[] | null;
  readonly labelSmoothing: number;
  /** Steps of natural training before the method starts. */
  readonly delay: number;
  /** Adversarial weight perturbation: its norm relative to that of each weight tensor; 0 for none. */
  readonly awp: number;
  /** Epochs before weight perturbation starts. */
  readonly awpWarmup: number;
};

/** What to train. */
export const METHOD_SETTINGS: Settings<MethodChoices> = {
  method: {
    flag: '--method <name>',
    help: `${METHODS.join(', ')}; st means squeeze, adversarial means at`,
    default: 'squeeze',
    parse: choice(METHODS, { st: 'squeeze', adversarial: 'at' }),
  },
  model: { flag: '--model <name>', help: MODEL_NAMES, default: 'resnet18', parse: modelName },
  widths: {
    flag: '--widths <list>',
    help: 'channels of the stages of the model, such as 16,32,64; by default as published',
    default: null,
    parse: increasingIntegers,
  },
  labelSmoothing: {
    flag: '--label-smoothing <share>',
    help: 'share of each label spread evenly over all classes, in the cross-entropy',
    default: 0,
    isOptional: true,
    parse: numberIn({ min: 0, max: 1, belowMax: true }),
    methods: ['squeeze', 'trades', 'at', 'alp', 'fgsm-rs', 'n-fgsm', 'free', 'natural'],
  },
  delay: {
    flag: '--delay <steps>',
    help: 'steps of natural training before the method starts',
    default: 0,
    isOptional: true,
    parse: nonNegativeInteger,
    methods: ['squeeze', 'trades', 'mart', 'at', 'alp', 'fgsm-rs', 'n-fgsm'],
  },
  awp: {
    flag: '--awp <gamma>',
    help: 'adversarial weight perturbation, with this norm relative to each weight tensor, such as 0.005; 0: none',
    default: 0,
    isOptional: true,
    parse: numberIn({ min: 0 }),
  },
  awpWarmup: {
    flag: '--awp-warmup <epochs>',
    help: 'epochs before weight perturbation starts',
    default: 0,
    isOptional: true,
    parse: nonNegativeInteger,
  },
};

function modelName(text: string): string {
  if (parseModelName(text)) return text.toLowerCase();
  throw new InvalidArgumentError(`Allowed: ${MODEL_NAMES} (depth 6n + 4).`);
}
