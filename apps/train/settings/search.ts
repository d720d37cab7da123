import { POINT_CHOICES, type PointChoice, RANDOM_STARTS, type RandomStart } from '@st/attacks';
import type { Norm } from '@st/core';
import { NORMS } from '@st/core/kit';
import { DIVERGENCES, type Divergence } from '@st/losses';
import { numberIn } from '../../command-line/parse-number.ts';
import { MULTI_STEP, SEARCHING } from '../method.ts';
import { choice } from './choice.ts';
import { positive, positiveInteger } from './numbers.ts';
import type { Settings } from './setting.ts';

export type SearchChoices = {
  readonly norm: Norm;
  readonly epsilon: number;
  readonly stepSize: number;
  readonly steps: number;
  readonly beta: number;
  readonly divergence: Divergence;
  readonly points: PointChoice;
  /** Random start of the search; null for the published one. */
  readonly start: RandomStart | null;
  /** Radius of N-FGSM's noise, in multiples of epsilon. */
  readonly noise: number;
  /** Consecutive steps that free adversarial training takes on each batch. */
  readonly replays: number;
};

/** Search for the examples to train on. */
export const SEARCH_SETTINGS: Settings<SearchChoices> = {
  norm: { flag: '--norm <name>', help: `norm of the ball: ${NORMS.join(', ')}`, default: 'linf', parse: choice(NORMS) },
  epsilon: {
    flag: '--epsilon <radius>',
    help: 'radius of the ball, for pixels in [0, 1]',
    default: 8 / 255,
    parse: positive,
  },
  stepSize: {
    flag: '--step-size <size>',
    help: 'step size of the search',
    default: 2 / 255,
    parse: positive,
    methods: SEARCHING,
  },
  steps: { flag: '--steps <n>', help: 'steps of the search', default: 10, parse: positiveInteger, methods: MULTI_STEP },
  beta: {
    flag: '--beta <weight>',
    help: 'weight of the regularizer',
    default: 6,
    parse: numberIn({ min: 0 }),
    methods: ['squeeze', 'trades', 'mart', 'alp'],
  },
  divergence: {
    flag: '--divergence <name>',
    help: DIVERGENCES.join(', '),
    default: 'symmetric-kl',
    parse: choice(DIVERGENCES),
    methods: ['squeeze'],
  },
  points: {
    flag: '--points <rule>',
    help: `the point that a step of the squeeze search moves: ${POINT_CHOICES.join(', ')}`,
    default: 'published',
    parse: choice(POINT_CHOICES),
    methods: ['squeeze'],
  },
  start: {
    flag: '--start <name>',
    help: `random start of the search: ${RANDOM_STARTS.join(', ')}; by default as published`,
    default: null,
    parse: choice(RANDOM_STARTS),
    methods: MULTI_STEP,
  },
  noise: {
    flag: '--noise <radii>',
    help: "radius of n-fgsm's noise, in multiples of epsilon",
    default: 2,
    isOptional: true,
    parse: positive,
    methods: ['n-fgsm'],
  },
  replays: {
    flag: '--replays <n>',
    help: 'consecutive steps of free on each batch; one of its epochs costs as much as this many of other methods',
    default: 8,
    isOptional: true,
    parse: positiveInteger,
    methods: ['free'],
  },
};
