import { numberIn } from '../../command-line/parse-number.ts';
import { SEARCHING, SINGLE_STEP } from '../method.ts';
import { choice } from './choice.ts';
import { nonNegativeInteger, positive, positiveInteger } from './numbers.ts';
import type { Settings } from './setting.ts';

const CRITERIA = ['natural', 'robust'] as const;
const OVERFITTING_ACTIONS = ['off', 'report', 'stop'] as const;

export type EvaluationChoices = {
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
};

/** Validation and evaluation. */
export const EVALUATION_SETTINGS: Settings<EvaluationChoices> = {
  validateEvery: {
    flag: '--validate-every <steps>',
    help: 'validate so often; otherwise once an epoch',
    default: null,
    parse: positiveInteger,
  },
  bestBy: {
    flag: '--best-by <accuracy>',
    help: `choose the best weights by ${CRITERIA.join(' or ')} accuracy on the held-out images; otherwise by what the method trains`,
    default: null,
    isOptional: true,
    parse: choice(CRITERIA),
  },
  earlyStop: {
    flag: '--early-stop <n>',
    help: 'end after so many validations in a row without a better one',
    default: null,
    isOptional: true,
    parse: positiveInteger,
  },
  monitorExamples: {
    flag: '--monitor-examples <n>',
    help: 'validate on so many training images, too: robust overfitting shows in how much better they do',
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
    help: `${OVERFITTING_ACTIONS.join(', ')}: compare the training examples of ${SINGLE_STEP.join(', ')} with PGD at each validation; stop goes back to the last sound weights`,
    default: 'report',
    isOptional: true,
    parse: choice(OVERFITTING_ACTIONS),
    methods: SINGLE_STEP,
  },
  overfittingTolerance: {
    flag: '--overfitting-tolerance <share>',
    help: 'how much better than under PGD they may do there, in accuracy',
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
    help: 'their step size, also at validation',
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
    help: 'steps of natural training of the same model, as a comparison in the loss landscape; 0: none',
    default: 0,
    parse: nonNegativeInteger,
    methods: SEARCHING,
  },
};
