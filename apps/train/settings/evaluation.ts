import { numberIn } from '../../command-line/parse-number.ts';
import { SEARCHING, SINGLE_STEP } from '../method.ts';
import { choice } from './choice.ts';
import { nonNegativeInteger, positive, positiveInteger } from './numbers.ts';
import type { Settings } from './setting.ts';

const CRITERIA = ['natural', 'robust'] as const;
const OVERFITTING_ACTIONS = ['off', 'report', 'stop'] as const;

export type EvaluationChoices = {
  readonly validateEvery: number | null;
  /** Accuracy on the held-out images by which the best weights are chosen; null: natural for `natural`, robust for the other methods. */
  readonly bestBy: (typeof CRITERIA)[number] | null;
  /** Ends the run after this many validations without improvement; null: never. */
  readonly earlyStop: number | null;
  /** Number of training images also evaluated at validation; null for none. */
  readonly monitorExamples: number | null;
  readonly validationSteps: number;
  /** Reaction of single-step methods to catastrophic overfitting. */
  readonly catastrophicOverfitting: (typeof OVERFITTING_ACTIONS)[number];
  /** Largest accepted excess of the accuracy on the training examples over the accuracy under PGD on the same images. */
  readonly overfittingTolerance: number;
  readonly evalExamples: number;
  readonly evalSteps: number;
  readonly evalStepSize: number;
  readonly pathExamples: number;
  /** Steps of natural training of the same model, to compare the loss landscapes; 0 for no comparison. */
  readonly baselineSteps: number;
};

/** Validation and evaluation. */
export const EVALUATION_SETTINGS: Settings<EvaluationChoices> = {
  validateEvery: {
    flag: '--validate-every <steps>',
    help: 'steps between validations; by default one epoch',
    default: null,
    parse: positiveInteger,
  },
  bestBy: {
    flag: '--best-by <accuracy>',
    help: `choose the best weights by ${CRITERIA.join(' or ')} accuracy on the held-out images; by default natural for natural training, otherwise robust`,
    default: null,
    isOptional: true,
    parse: choice(CRITERIA),
  },
  earlyStop: {
    flag: '--early-stop <n>',
    help: 'end after this many validations in a row without improvement',
    default: null,
    isOptional: true,
    parse: positiveInteger,
  },
  monitorExamples: {
    flag: '--monitor-examples <n>',
    help: 'also validate on this many training images; the gap to the held-out ones shows robust overfitting',
    default: null,
    isOptional: true,
    parse: positiveInteger,
  },
  validationSteps: {
    flag: '--validation-steps <n>',
    help: 'steps of the PGD attack at validation',
    default: 20,
    parse: positiveInteger,
  },
  catastrophicOverfitting: {
    flag: '--catastrophic-overfitting <action>',
    help: `${OVERFITTING_ACTIONS.join(', ')}: compare the training examples of ${SINGLE_STEP.join(', ')} with PGD at each validation; stop restores the last sound weights and ends`,
    default: 'report',
    isOptional: true,
    parse: choice(OVERFITTING_ACTIONS),
    methods: SINGLE_STEP,
  },
  overfittingTolerance: {
    flag: '--overfitting-tolerance <share>',
    help: 'largest accepted excess of the accuracy on the training examples over that under PGD',
    default: 0.2,
    isOptional: true,
    parse: numberIn({ min: 0, max: 1, aboveMin: true, belowMax: true }),
    methods: SINGLE_STEP,
  },
  evalExamples: {
    flag: '--eval-examples <n>',
    help: 'test images of the final evaluation',
    default: 10_000,
    parse: numberIn({ min: 1, max: 10_000, integer: true }),
  },
  evalSteps: {
    flag: '--eval-steps <n>',
    help: 'steps of the PGD and CW attacks of the final evaluation',
    default: 20,
    parse: positiveInteger,
  },
  evalStepSize: {
    flag: '--eval-step-size <size>',
    help: 'step size of PGD and CW, also at validation',
    default: 2 / 255,
    parse: positive,
  },
  pathExamples: {
    flag: '--path-examples <n>',
    help: 'test images of the loss landscape in the report',
    default: 500,
    parse: numberIn({ min: 8, max: 10_000, integer: true }),
  },
  baselineSteps: {
    flag: '--baseline-steps <n>',
    help: 'steps of natural training of the same model, to compare the loss landscapes; 0: none',
    default: 0,
    parse: nonNegativeInteger,
    methods: SEARCHING,
  },
};
