/** What is timed: one forward pass, one gradient, one training step or one attack of a batch. */
export const MEASURES = [
  'forward',
  'input-gradient',
  'full-gradient',
  'squeeze-step',
  'trades-step',
  'pgd-10',
] as const;

/** Short work is repeated for so long on both sides, lest one of them is lucky: a lone repetition of 20 ms says little on a shared machine. */
export const LEAST_SECONDS = 2;

export type Measure = (typeof MEASURES)[number];

/**
 * Whether both sides are timed in their second step alone. A squeeze step differentiates the natural images only in the search steps that
 * select one, and training changes how many do: the fastest of several steps is that of the least work, which chance gives to either side.
 */
export function isTimedOnce(measure: Measure): boolean {
  return measure === 'squeeze-step';
}

/** One thing to measure. */
export type Case = {
  /** As the peer names it: `resnet18`, `wrn-10-2`. */
  readonly model: string;
  readonly batch: number;
  readonly measure: Measure;
};

/** What one process measured of one case. */
export type Timing = {
  /** Of the fastest repetition. */
  readonly imagesPerSecond: number;
  /** Largest resident memory of the process; null where the system does not tell. */
  readonly peakMemoryBytes: number | null;
};

/** What is known of ours beside that. */
export type OwnTiming = Timing & {
  readonly seconds: number;
  /** Of one run, counted as direct convolutions and matrix products have them (count-operations.ts). */
  readonly operations: number;
  /** Floating-point operations a second that the machine does at most; null without the native module, which measures it. */
  readonly peakOperationsPerSecond: number | null;
};

/** One line of the result: ours beside the peer's. */
export type Row = Case & {
  readonly imagesPerSecond: number;
  readonly peerImagesPerSecond: number | null;
  readonly ratio: number | null;
  readonly peakMemoryBytes: number | null;
  readonly peerPeakMemoryBytes: number | null;
  readonly operations: number;
  readonly operationsPerSecond: number;
  readonly peakOperationsPerSecond: number | null;
};
