import type { Norm } from '@st/core';
import { checkChoice, checkKind, checkNumber, checkObject, NORMS, type Where } from '@st/core/kit';

import { apgdCheckpoints } from './apgd-checkpoints.ts';
import { apgdOscillates } from './apgd-oscillates.ts';

export type ApgdScheduleOptions = {
  readonly norm: Norm;
  readonly epsilon: number;
  readonly iterations: number;
  /** Fraction of the iterations between two checkpoints that must raise the loss. */
  readonly rho: number;
  /** Loss at the start. */
  readonly startLoss: number;
  /** For l1: number of values of an image. */
  readonly pixels: number;
  /** For l1: number of pixels in which the start differs from the image, if it is the result of an earlier run; null for a random start. */
  readonly moved: number | null;
};

/** The step size of one example, iteration by iteration. Numbers are rounded to float32 where the published code has float32 tensors. */
export type ApgdSchedule = {
  /** For the coming iteration, in input units. */
  readonly stepSize: number;
  /** For l1: the minimum number of gradient entries that the coming step leaves out, the smallest ones. */
  readonly leftOut: number;
  readonly bestLoss: number;
  /**
   * Ends an iteration.
   * @param loss - At the point after it.
   * @param moved - For l1: pixels in which the best point differs from the natural image.
   * @returns Whether the example goes back to its best point.
   */
  finish(loss: number, moved: number): boolean;
};

const WHERE: Where = '[@st/attacks] apgdSchedule';

/**
 * The schedule of one example. For linf and l2 the step size starts at 2 epsilon. At a checkpoint it is halved, and the example returns to its best
 * point, if the loss oscillated, or if the previous checkpoint did not halve it and the best loss has not grown since. For l1 see `l1Schedule`.
 * @throws {InvalidArgumentError} for an option of another type or out of range.
 * @see Croce and Hein 2020, arXiv 2003.01690, section 3.1
 */
export function apgdSchedule(options: ApgdScheduleOptions): ApgdSchedule {
  checkScheduleOptions(options);
  return options.norm === 'l1' ? l1Schedule(options) : halvingSchedule(options);
}

function checkScheduleOptions(options: ApgdScheduleOptions): void {
  checkObject(WHERE, 'options', options, ['norm', 'epsilon', 'iterations', 'rho', 'startLoss', 'pixels', 'moved']);
  checkChoice(WHERE, 'norm', options.norm, NORMS);
  checkNumber(WHERE, 'epsilon', options.epsilon, { min: 0, aboveMin: true });
  checkNumber(WHERE, 'iterations', options.iterations, { min: 1, integer: true });
  checkNumber(WHERE, 'rho', options.rho, { min: 0, max: 1 });
  checkKind(WHERE, 'startLoss', options.startLoss, 'number'); // infinite where the logits are
  checkNumber(WHERE, 'pixels', options.pixels, { min: 1, integer: true });
  if (options.moved !== null) checkNumber(WHERE, 'moved', options.moved, { min: 0 });
}

const INITIAL_STEP = 2;

function halvingSchedule({ norm, epsilon, iterations, rho, startLoss }: ApgdScheduleOptions): ApgdSchedule {
  const { at, intervals } = apgdCheckpoints(norm, iterations);
  const losses = new Float32Array(iterations);
  let iteration = 0;
  let stepSize = Math.fround(INITIAL_STEP * epsilon);
  let bestLoss = startLoss;
  let bestAtLast = startLoss;
  let reducedAtLast = true; // so that the first checkpoint requires no improvement
  return {
    get stepSize() {
      return stepSize;
    },
    leftOut: 0,
    get bestLoss() {
      return bestLoss;
    },
    finish: (loss) => {
      losses[iteration] = loss;
      if (loss > bestLoss) bestLoss = loss;
      const ended = iteration++;
      if (!at.includes(ended)) return false;
      const stagnates = !reducedAtLast && bestAtLast >= bestLoss;
      reducedAtLast = apgdOscillates(losses, ended, intervals[ended] ?? 1, rho) || stagnates;
      bestAtLast = bestLoss;
      if (reducedAtLast) stepSize /= 2;
      return reducedAtLast;
    },
  };
}

/** The constants of the l1 schedule. */
const L1 = {
  /** Fraction of the pixels that the first steps move. */
  share: 0.2,
  /** Later steps move the number of pixels moved by the best point, divided by this. */
  sparser: 1.5,
  /** Divisor of the step size at a checkpoint; its minimum is epsilon / `least`. */
  decrease: 1.5,
  least: 10,
  /** Below this fraction of the pixels moved at the previous checkpoint, the best point has become sparser. */
  shrunk: 0.95,
} as const;

/**
 * For l1 the step size starts at epsilon, and steps move the pixels of the largest gradients: a fifth of them at first, at each checkpoint
 * two thirds of those that the best point moves. If that number has shrunk by more than 5 %, the step size is reset and the example returns to its best
 * point; otherwise the step size is divided by 1.5, to epsilon / 10 at least.
 * @see Croce and Hein 2021, "Mind the box", arXiv 2103.01208, section 4.1
 */
function l1Schedule({ epsilon, iterations, startLoss, pixels, moved }: ApgdScheduleOptions): ApgdSchedule {
  const { at } = apgdCheckpoints('l1', iterations);
  const longest = Math.fround(epsilon);
  const shortest = Math.fround(epsilon / L1.least);
  let iteration = 0;
  let stepSize = longest;
  let bestLoss = startLoss;
  let share = moved === null ? Math.fround(L1.share) : shareOf(moved, pixels);
  let movedAtLast = moved ?? pixels;
  return {
    get stepSize() {
      return stepSize;
    },
    get leftOut() {
      const left = Math.fround(Math.fround(1 - share) * pixels);
      return Math.trunc(Math.min(Math.max(left, 0), pixels - 1));
    },
    get bestLoss() {
      return bestLoss;
    },
    finish: (loss, movedByBest) => {
      if (loss > bestLoss) bestLoss = loss;
      if (!at.includes(iteration++)) return false;
      const shrunk = Math.fround(movedByBest / movedAtLast) < Math.fround(L1.shrunk);
      share = shareOf(movedByBest, pixels);
      const next = shrunk ? longest : Math.fround(stepSize / L1.decrease);
      stepSize = Math.min(Math.max(next, shortest), longest);
      movedAtLast = movedByBest;
      return shrunk;
    },
  };
}

function shareOf(moved: number, pixels: number): number {
  return Math.fround(Math.fround(moved / pixels) / L1.sparser);
}
