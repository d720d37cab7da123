import type { JsonObject } from '../checkpoints/json.ts';
import type { Progress } from '../schedules/schedule.ts';

/** The source of the batch-normalization statistics of averaged weights. */
export type AveragedStatistics = 'averaged' | 'recomputed';

/** A scheme of averaging weights during training: `ema({ ... })`, `swa({ ... })`, or a custom one. */
export type Averaging = {
  /**
   * The share of the current weights in the new average: average += share * (weights - average). 0 leaves the average unchanged.
   * @param updates - Number of shares above 0 so far.
   * @param progress - The step just taken; `progress.step` steps of its epoch precede it.
   */
  share(updates: number, progress: Progress): number;
  /** `'averaged'`: averaged with the same shares as the weights. `'recomputed'`: recomputed over training data when needed. */
  readonly statistics: AveragedStatistics;
  /** Settings that a resumed run must have too. */
  readonly settings: JsonObject;
};

export const AVERAGED_STATISTICS: readonly AveragedStatistics[] = ['averaged', 'recomputed'];
