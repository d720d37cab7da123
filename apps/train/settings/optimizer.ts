import { increasingIntegers, numberIn } from '../../command-line/parse-number.ts';
import { SCHEDULES, type Schedule } from '../schedule.ts';
import { choice } from './choice.ts';
import { positive, positiveInteger } from './numbers.ts';
import type { Settings } from './setting.ts';

export type OptimizerChoices = {
  readonly lr: number;
  readonly schedule: Schedule;
  readonly dropEpochs: readonly number[];
  readonly dropFactor: number;
  readonly rise: number;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  readonly epochs: number;
  /** Ends the run after this many steps, even if epochs remain; null for no limit. */
  readonly maxSteps: number | null;
  /** Global norm to which larger gradients are scaled down; null for no clipping. */
  readonly clipNorm: number | null;
  /** Decay of the moving average of the weights; null for no average. */
  readonly ema: number | null;
  readonly batchSize: number;
};

/** Optimizer. */
export const OPTIMIZER_SETTINGS: Settings<OptimizerChoices> = {
  lr: { flag: '--lr <rate>', help: 'learning rate; for one-cycle its peak', default: 0.1, parse: positive },
  schedule: {
    flag: '--schedule <name>',
    help: `schedule of the learning rate: ${SCHEDULES.join(', ')}`,
    default: 'piecewise',
    parse: choice(SCHEDULES),
  },
  dropEpochs: {
    flag: '--drop-epochs <list>',
    help: 'epochs at which piecewise drops the rate, such as 80,100',
    default: [80, 100],
    parse: increasingIntegers,
    schedules: ['piecewise'],
  },
  dropFactor: {
    flag: '--drop-factor <x>',
    help: 'factor by which piecewise multiplies the rate at a drop',
    default: 0.1,
    parse: numberIn({ min: 0, max: 1, aboveMin: true }),
    schedules: ['piecewise'],
  },
  rise: {
    flag: '--rise <fraction>',
    help: 'fraction of one-cycle in which the rate rises',
    default: 0.3,
    parse: numberIn({ min: 0, max: 1, aboveMin: true, belowMax: true }),
    schedules: ['one-cycle'],
  },
  momentum: {
    flag: '--momentum <m>',
    help: 'momentum of SGD',
    default: 0.9,
    parse: numberIn({ min: 0, max: 1, belowMax: true }),
  },
  nesterov: { flag: '--nesterov', help: 'Nesterov momentum', default: false },
  weightDecay: {
    flag: '--weight-decay <d>',
    help: 'L2 penalty: this times each weight is added to its gradient',
    default: 5e-4,
    parse: numberIn({ min: 0 }),
  },
  epochs: { flag: '--epochs <n>', help: 'passes over the training images', default: 120, parse: positiveInteger },
  maxSteps: {
    flag: '--max-steps <n>',
    help: 'end after this many steps, even if epochs remain',
    default: null,
    parse: positiveInteger,
  },
  clipNorm: {
    flag: '--clip-norm <norm>',
    help: 'scale gradients down to at most this global norm',
    default: null,
    isOptional: true,
    parse: positive,
  },
  ema: {
    flag: '--ema <decay>',
    help: 'decay of a moving average of the weights, such as 0.995; validation and evaluation use the average',
    default: null,
    isOptional: true,
    parse: numberIn({ min: 0, max: 1, belowMax: true }),
  },
  batchSize: { flag: '--batch-size <n>', help: 'images per step', default: 128, parse: positiveInteger },
};
