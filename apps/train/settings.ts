import { POINT_CHOICES, RANDOM_STARTS } from '@st/attacks';
import { BACKENDS, type BackendName } from '@st/backend';
import { NORMS } from '@st/core/kit';
import { DIVERGENCES } from '@st/losses';
import { InvalidArgumentError } from 'commander';
import { increasingIntegers, numberIn } from '../command-line/parse-number.ts';
import {
  type Configuration,
  CRITERIA,
  METHODS,
  type Method,
  MIXING,
  OVERFITTING_ACTIONS,
  SCHEDULES,
  type Schedule,
  SINGLE_STEP,
} from './configuration.ts';
import { MODEL_NAMES, parseModelName } from './model-name.ts';

/** One flag: how it is written, read and explained, and with which methods or schedules it means anything. */
export type Setting<T> = {
  /** The flag with its argument, `--epsilon <radius>`; without an argument it is a switch that also takes `--no-...`. */
  readonly flag: string;
  readonly help: string;
  readonly group: string;
  readonly parse?: (text: string) => T;
  readonly methods?: readonly Method[];
  readonly schedules?: readonly Schedule[];
  /** Why it goes with these methods alone, where it is not that it means nothing with others. */
  readonly because?: string;
  /** Means nothing while this one is left out. */
  readonly needs?: SettingName;
};

/** A back end, or the fastest one present. */
type BackendChoice = 'auto' | BackendName;

/** A configuration as the flags give it: the back end may still be open. */
export type Choices = Omit<Configuration, 'backend'> & { readonly backend: BackendChoice };

/** The parts of a configuration that have a flag; the preset has its own. */
export type SettingName = Exclude<keyof Configuration, 'preset'>;

const METHOD = 'What to train:';
const SEARCH = 'Search for the examples to train on:';
const OPTIMISER = 'Optimiser:';
const DATA = 'Data:';
const EVALUATION = 'Validation and evaluation:';
const RUN = 'Run:';

const SEARCHING: readonly Method[] = ['squeeze', 'trades', 'mart', 'at', 'alp', 'fgsm-rs', 'n-fgsm', 'free'];
/** Those that take more than one step, from a start of one's choice. */
const WALKING: readonly Method[] = ['squeeze', 'trades', 'mart', 'at', 'alp'];

const NO_MIXED_LABELS = 'whose loss takes no mixed labels';

const positiveInteger = numberIn({ min: 1, integer: true });
const nonNegativeInteger = numberIn({ min: 0, integer: true });
const positive = numberIn({ min: 0, aboveMin: true });

/** Every flag that decides the outcome of a run, in the order of `--help`. */
export const SETTINGS: { readonly [K in SettingName]: Setting<Choices[K]> } = {
  method: {
    flag: '--method <name>',
    help: `${METHODS.join(', ')}; st means squeeze, adversarial means at`,
    group: METHOD,
    parse: choice(METHODS, { st: 'squeeze', adversarial: 'at' }),
  },
  model: { flag: '--model <name>', help: MODEL_NAMES, group: METHOD, parse: modelName },
  widths: {
    flag: '--widths <list>',
    help: 'channels of its stages, such as 16,32,64; otherwise as published',
    group: METHOD,
    parse: increasingIntegers,
  },

  norm: { flag: '--norm <name>', help: `norm of the ball: ${NORMS.join(', ')}`, group: SEARCH, parse: choice(NORMS) },
  epsilon: {
    flag: '--epsilon <radius>',
    help: 'radius of the ball, pixels being in [0, 1]',
    group: SEARCH,
    parse: positive,
  },
  stepSize: {
    flag: '--step-size <size>',
    help: 'length of a step of the search',
    group: SEARCH,
    parse: positive,
    methods: SEARCHING,
  },
  steps: {
    flag: '--steps <n>',
    help: 'steps of the search',
    group: SEARCH,
    parse: positiveInteger,
    methods: WALKING,
  },
  beta: {
    flag: '--beta <weight>',
    help: 'weight of the regulariser',
    group: SEARCH,
    parse: numberIn({ min: 0 }),
    methods: ['squeeze', 'trades', 'mart', 'alp'],
  },
  divergence: {
    flag: '--divergence <name>',
    help: DIVERGENCES.join(', '),
    group: SEARCH,
    parse: choice(DIVERGENCES),
    methods: ['squeeze'],
  },
  points: {
    flag: '--points <rule>',
    help: `which point of the squeeze search moves: ${POINT_CHOICES.join(', ')}`,
    group: SEARCH,
    parse: choice(POINT_CHOICES),
    methods: ['squeeze'],
  },
  start: {
    flag: '--start <name>',
    help: `noise the search starts from: ${RANDOM_STARTS.join(', ')}; otherwise as the method was published`,
    group: SEARCH,
    parse: choice(RANDOM_STARTS),
    methods: WALKING,
  },
  noise: {
    flag: '--noise <radii>',
    help: "radius of n-fgsm's noise, in radii of the ball",
    group: SEARCH,
    parse: positive,
    methods: ['n-fgsm'],
  },
  replays: {
    flag: '--replays <n>',
    help: 'steps in a row that free takes on each batch; its epochs cost as much as so many of other methods',
    group: SEARCH,
    parse: positiveInteger,
    methods: ['free'],
  },
  labelSmoothing: {
    flag: '--label-smoothing <share>',
    help: 'share of each label spread evenly over all classes, where the method takes cross-entropy',
    group: METHOD,
    parse: numberIn({ min: 0, max: 1, belowMax: true }),
    methods: ['squeeze', 'trades', 'at', 'alp', 'fgsm-rs', 'n-fgsm', 'free', 'natural'],
  },
  delay: {
    flag: '--delay <steps>',
    help: 'steps of natural training before the method sets in',
    group: METHOD,
    parse: nonNegativeInteger,
    methods: ['squeeze', 'trades', 'mart', 'at', 'alp', 'fgsm-rs', 'n-fgsm'],
  },
  awp: {
    flag: '--awp <gamma>',
    help: 'adversarial weight perturbation, of this length relative to each weight tensor, such as 0.005; 0: none',
    group: METHOD,
    parse: numberIn({ min: 0 }),
  },
  awpWarmup: {
    flag: '--awp-warmup <epochs>',
    help: 'epochs before it sets in',
    group: METHOD,
    parse: nonNegativeInteger,
  },

  lr: {
    flag: '--lr <rate>',
    help: 'learning rate; the peak of one-cycle',
    group: OPTIMISER,
    parse: positive,
  },
  schedule: {
    flag: '--schedule <name>',
    help: `course of the learning rate: ${SCHEDULES.join(', ')}`,
    group: OPTIMISER,
    parse: choice(SCHEDULES),
  },
  dropEpochs: {
    flag: '--drop-epochs <list>',
    help: 'where piecewise drops, such as 80,100',
    group: OPTIMISER,
    parse: increasingIntegers,
    schedules: ['piecewise'],
  },
  dropFactor: {
    flag: '--drop-factor <x>',
    help: 'what it multiplies the rate by there',
    group: OPTIMISER,
    parse: numberIn({ min: 0, max: 1, aboveMin: true }),
    schedules: ['piecewise'],
  },
  rise: {
    flag: '--rise <fraction>',
    help: 'part of one-cycle that rises',
    group: OPTIMISER,
    parse: numberIn({ min: 0, max: 1, aboveMin: true, belowMax: true }),
    schedules: ['one-cycle'],
  },
  momentum: {
    flag: '--momentum <m>',
    help: 'momentum of SGD',
    group: OPTIMISER,
    parse: numberIn({ min: 0, max: 1, belowMax: true }),
  },
  nesterov: { flag: '--nesterov', help: 'Nesterov momentum', group: OPTIMISER },
  weightDecay: {
    flag: '--weight-decay <d>',
    help: 'l2 penalty on every weight, added to its gradient',
    group: OPTIMISER,
    parse: numberIn({ min: 0 }),
  },
  epochs: { flag: '--epochs <n>', help: 'passes over the training images', group: OPTIMISER, parse: positiveInteger },
  maxSteps: {
    flag: '--max-steps <n>',
    help: 'end after so many steps, epochs or not',
    group: OPTIMISER,
    parse: positiveInteger,
  },
  clipNorm: {
    flag: '--clip-norm <norm>',
    help: 'scale gradients down to this global norm',
    group: OPTIMISER,
    parse: positive,
  },
  ema: {
    flag: '--ema <decay>',
    help: 'average the weights along, such as 0.995; the average is what is validated and tested',
    group: OPTIMISER,
    parse: numberIn({ min: 0, max: 1, belowMax: true }),
  },
  batchSize: { flag: '--batch-size <n>', help: 'images a step', group: OPTIMISER, parse: positiveInteger },

  augment: { flag: '--augment', help: 'random crop (padding 4) and horizontal flip', group: DATA },
  autoAugment: { flag: '--auto-augment', help: "AutoAugment's policy for CIFAR-10, after crop and flip", group: DATA },
  cutout: {
    flag: '--cutout <pixels>',
    help: 'black out a square of this side, such as 16',
    group: DATA,
    parse: positiveInteger,
  },
  mixup: {
    flag: '--mixup <alpha>',
    help: `mix images and labels of a batch, such as 1 (${MIXING.join(', ')})`,
    group: DATA,
    parse: positive,
    methods: MIXING,
    because: NO_MIXED_LABELS,
  },
  cutmix: {
    flag: '--cutmix <alpha>',
    help: 'put a box of one image into another, and mix the labels; with --mixup each batch gets one of the two',
    group: DATA,
    parse: positive,
    methods: MIXING,
    because: NO_MIXED_LABELS,
  },
  cutmixProbability: {
    flag: '--cutmix-probability <p>',
    help: 'how likely cutmix mixes a batch that it gets',
    group: DATA,
    parse: numberIn({ min: 0, max: 1, aboveMin: true }),
    methods: MIXING,
    because: NO_MIXED_LABELS,
    needs: 'cutmix',
  },
  trainExamples: {
    flag: '--train-examples <n>',
    help: 'train on the first n images after shuffling only',
    group: DATA,
    parse: positiveInteger,
  },
  validation: {
    flag: '--validation <n>',
    help: 'training images held out to choose the best checkpoint on',
    group: DATA,
    parse: numberIn({ min: 1, max: 25_000, integer: true }),
  },

  validateEvery: {
    flag: '--validate-every <steps>',
    help: 'validate so often; otherwise once an epoch',
    group: EVALUATION,
    parse: positiveInteger,
  },
  bestBy: {
    flag: '--best-by <accuracy>',
    help: `choose the best weights by ${CRITERIA.join(' or ')} accuracy on the held-out images; otherwise by what the method trains`,
    group: EVALUATION,
    parse: choice(CRITERIA),
  },
  earlyStop: {
    flag: '--early-stop <n>',
    help: 'end after so many validations in a row without a better one',
    group: EVALUATION,
    parse: positiveInteger,
  },
  monitorExamples: {
    flag: '--monitor-examples <n>',
    help: 'validate on so many training images, too: robust overfitting shows in how much better they do',
    group: EVALUATION,
    parse: positiveInteger,
  },
  validationSteps: {
    flag: '--validation-steps <n>',
    help: 'steps of the PGD attack at validation',
    group: EVALUATION,
    parse: positiveInteger,
  },
  catastrophicOverfitting: {
    flag: '--catastrophic-overfitting <action>',
    help: `${OVERFITTING_ACTIONS.join(', ')}: compare the training examples of ${SINGLE_STEP.join(', ')} with PGD at each validation; stop goes back to the last sound weights`,
    group: EVALUATION,
    parse: choice(OVERFITTING_ACTIONS),
    methods: SINGLE_STEP,
  },
  overfittingTolerance: {
    flag: '--overfitting-tolerance <share>',
    help: 'how much better than under PGD they may do there, in accuracy',
    group: EVALUATION,
    parse: numberIn({ min: 0, max: 1, aboveMin: true, belowMax: true }),
    methods: SINGLE_STEP,
  },
  evalExamples: {
    flag: '--eval-examples <n>',
    help: 'test images of the final evaluation',
    group: EVALUATION,
    parse: numberIn({ min: 1, max: 10_000, integer: true }),
  },
  evalSteps: {
    flag: '--eval-steps <n>',
    help: 'steps of the PGD and CW attacks of the final evaluation',
    group: EVALUATION,
    parse: positiveInteger,
  },
  evalStepSize: {
    flag: '--eval-step-size <size>',
    help: 'their step size, also at validation',
    group: EVALUATION,
    parse: positive,
  },
  pathExamples: {
    flag: '--path-examples <n>',
    help: 'test images of the loss landscape in the report',
    group: EVALUATION,
    parse: numberIn({ min: 8, max: 10_000, integer: true }),
  },
  baselineSteps: {
    flag: '--baseline-steps <n>',
    help: 'steps of natural training of the same model, as a comparison in the loss landscape; 0: none',
    group: EVALUATION,
    parse: nonNegativeInteger,
    methods: SEARCHING,
  },

  seed: { flag: '--seed <n>', help: 'seed of every random draw', group: RUN, parse: nonNegativeInteger },
  backend: {
    flag: '--backend <name>',
    help: `auto (the fastest one present), ${BACKENDS.join(', ')}`,
    group: RUN,
    parse: choice<BackendChoice>(['auto', ...BACKENDS]),
  },
  checkpointEvery: {
    flag: '--checkpoint-every <steps>',
    help: 'save so often, beside every validation',
    group: RUN,
    parse: positiveInteger,
  },
};

function choice<T extends string>(
  choices: readonly T[],
  synonyms: { readonly [name: string]: T } = {},
): (text: string) => T {
  return (text) => {
    const found = synonyms[text] ?? choices.find((name) => name === text);
    if (found !== undefined) return found;
    throw new InvalidArgumentError(`Allowed: ${choices.join(', ')}.`);
  };
}

function modelName(text: string): string {
  if (parseModelName(text)) return text.toLowerCase();
  throw new InvalidArgumentError(`Allowed: ${MODEL_NAMES} (depth 6n + 4).`);
}
