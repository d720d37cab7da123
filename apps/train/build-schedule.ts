import { constant, cosine, oneCycle, piecewise, type Schedule } from '@st/core';

import type { Configuration } from './configuration.ts';

/** Builds the learning-rate schedule that the configuration names. */
export function buildSchedule({ schedule, lr, rise, dropEpochs, dropFactor }: Configuration): Schedule {
  switch (schedule) {
    case 'constant':
      return constant(lr);
    case 'cosine':
      return cosine(lr);
    case 'one-cycle':
      return oneCycle(lr, { rise });
    case 'piecewise':
      return piecewise(lr, Object.fromEntries(dropEpochs.map((epoch, i) => [epoch, lr * dropFactor ** (i + 1)])));
  }
}
