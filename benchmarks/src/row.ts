/** The measures: one forward pass, one gradient, one training step or one attack of a batch. */
export const MEASURES = [
  'forward',
  'input-gradient',
  'full-gradient',
  'squeeze-step',
  'trades-step',
  'pgd-10',
] as const;

/** Short work is repeated for at least this long on both sides: a single repetition of 20 ms is too noisy on a shared machine. */
export const LEAST_SECONDS = 2;

export type Measure = (typeof MEASURES)[number];

/**
 * Whether only the second step is timed, on both sides. A squeeze step back-propagates through the natural view only in search steps that select it, and
 * their number changes during training. The fastest of several steps would be the one with the least work, which is a matter of chance on either side.
 */
export function isTimedOnce(measure: Measure): boolean {
  return measure === 'squeeze-step';
}

/** One measurement to make. */
export type Case = {
  /** The peer's name of the model: `resnet18`, `wrn-10-2`. */
  readonly model: string;
  readonly batch: number;
  readonly measure: Measure;
};

/** The result of one process for one case. */
export type Timing = {
  /** Speed of the fastest repetition. */
  readonly imagesPerSecond: number;
  /** Peak resident memory of the process; null if the system does not report it. */
  readonly peakMemoryBytes: number | null;
};

/** The result for our side, which has more. */
export type OwnTiming = Timing & {
  readonly seconds: number;
  /** Floating-point operations of one run, as `countOperations` counts them. */
  readonly operations: number;
  /** Peak floating-point operations per second of the machine; null without the native module, which measures it. */
  readonly peakOperationsPerSecond: number | null;
};

/** One line of the result: ours and the peer's. */
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
