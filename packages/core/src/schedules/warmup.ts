import { checkKind } from '../errors/check-kind.ts';
import { checkKnownOptions, checkNumber } from '../errors/check-options.ts';
import { type Schedule, stepsTaken } from './schedule.ts';

const WHERE = '[@st/core] warmup';

/** Settings of `warmup`. */
export type WarmupOptions = {
  /** Epochs until the full rate is reached, > 0; fractions are allowed. */
  readonly epochs: number;
};

/**
 * Scales the first epochs of another schedule linearly up to its full rate: rate(t) * min(1, (steps taken + 1) / warm-up steps).
 * @throws {InvalidArgumentError} if `epochs` is not above 0, or `schedule` is not a schedule.
 * @see Goyal et al. 2017, "Accurate, large minibatch SGD", arXiv 1706.02677, section 2.2 (gradual warm-up)
 */
export function warmup(schedule: Schedule, options: WarmupOptions): Schedule {
  checkKind(WHERE, 'schedule', schedule, 'function');
  checkKnownOptions(WHERE, options, ['epochs']);
  const epochs = checkNumber(WHERE, 'epochs', options.epochs, { min: 0, aboveMin: true });
  return (progress) => schedule(progress) * Math.min(1, (stepsTaken(progress) + 1) / (epochs * progress.stepsPerEpoch));
}
