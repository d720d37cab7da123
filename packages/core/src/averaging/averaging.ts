import type { JsonObject } from '../checkpoints/json.ts';
import type { Progress } from '../schedules/schedule.ts';

/** How averaged weights get their running statistics of batch normalisation. */
export type AveragedStatistics = 'averaged' | 'recomputed';

/** A way of averaging weights along training: `ema({ ... })`, `swa({ ... })`, or one of your own. */
export type Averaging = {
  /**
   * The share that the present weights have in the new average: average += share * (weights - average). 0 leaves it as it is.
   * @param updates - Shares above 0 so far.
   * @param progress - The step just taken: `progress.step` steps of its epoch came before it.
   */
  share(updates: number, progress: Progress): number;
  /** `'averaged'`: by the same shares as the weights. `'recomputed'`: over training data, when they are needed. */
  readonly statistics: AveragedStatistics;
  /** Settings that a resumed run must share. */
  readonly settings: JsonObject;
};

export const AVERAGED_STATISTICS: readonly AveragedStatistics[] = ['averaged', 'recomputed'];
