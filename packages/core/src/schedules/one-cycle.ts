import { checkKnownOptions, checkNumber } from '../errors/check-options.ts';
import { type Schedule, stepsOfRun, stepsTaken } from './schedule.ts';

const WHERE = '[@st/core] oneCycle';

/** Settings of `oneCycle`. */
export type OneCycleOptions = {
  /** Fraction of the run in which the rate rises, in (0, 1): 0.5 in "Fast is better than free", 0.4 in "Overfitting in adversarially robust deep learning". */
  readonly rise: number;
};

/**
 * Linear from 0 up to `peak` and back to 0, over the steps of the whole run. The first and the last step are half a step inside the cycle, so that neither
 * has a learning rate of 0.
 * @param peak - Finite, >= 0.
 * @throws {InvalidArgumentError} for a rate below 0 or a rise outside (0, 1).
 * @see Smith 2017, "Cyclical learning rates", arXiv 1506.01186; Wong, Rice and Kolter 2020, arXiv 2001.03994, section 5
 */
export function oneCycle(peak: number, options: OneCycleOptions): Schedule {
  checkNumber(WHERE, 'peak', peak, { min: 0 });
  checkKnownOptions(WHERE, options, ['rise']);
  const rise = checkNumber(WHERE, 'rise', options.rise, { min: 0, max: 1, aboveMin: true, belowMax: true });
  return (progress) => {
    const done = (stepsTaken(progress) + 0.5) / stepsOfRun(progress);
    return peak * Math.max(0, done < rise ? done / rise : (1 - done) / (1 - rise));
  };
}
