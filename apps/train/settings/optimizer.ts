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
  /** Ends the run after so many steps, before its epochs are over; null: train them all. */
  readonly maxSteps: number | null;
  /** Global norm that gradients are scaled down to; null: as they are. */
  readonly clipNorm: number | null;
  /** Decay of the moving average of the weights; null: no average. */
  readonly ema: number | null;
  readonly batchSize: number;
};

/** Optimiser. */
export const OPTIMIZER_SETTINGS: Settings<OptimizerChoices> = {
  lr: { flag: '--lr <rate>', help: 'learning rate; the peak of one-cycle', default: 0.1, parse: positive },
  schedule: {
    flag: '--schedule <name>',
    help: `course of the learning rate: ${SCHEDULES.join(', ')}`,
    default: 'piecewise',
    parse: choice(SCHEDULES),
  },
  dropEpochs: {
    flag: '--drop-epochs <list>',
    help: 'where piecewise drops, such as 80,100',
    default: [80, 100],
    parse: increasingIntegers,
    schedules: ['piecewise'],
  },
  dropFactor: {
    flag: '--drop-factor <x>',
    help: 'what it multiplies the rate by there',
    default: 0.1,
    parse: numberIn({ min: 0, max: 1, aboveMin: true }),
    schedules: ['piecewise'],
  },
  rise: {
    flag: '--rise <fraction>',
    help: 'part of one-cycle that rises',
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
    help: 'l2 penalty on every weight, added to its gradient',
    default: 5e-4,
    parse: numberIn({ min: 0 }),
  },
  epochs: { flag: '--epochs <n>', help: 'passes over the training images', default: 120, parse: positiveInteger },
  maxSteps: {
    flag: '--max-steps <n>',
    help: 'end after so many steps, epochs or not',
    default: null,
    parse: positiveInteger,
  },
  clipNorm: {
    flag: '--clip-norm <norm>',
    help: 'scale gradients down to this global norm',
    default: null,
    isOptional: true,
    parse: positive,
  },
  ema: {
    flag: '--ema <decay>',
    help: 'average the weights along, such as 0.995; the average is what is validated and tested',
    default: null,
    isOptional: true,
    parse: numberIn({ min: 0, max: 1, belowMax: true }),
  },
  batchSize: { flag: '--batch-size <n>', help: 'images a step', default: 128, parse: positiveInteger },
};
