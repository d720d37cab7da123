/** One line of `metrics.jsonl`. `step` counts finished training steps. */
export type Metrics = TrainingMetrics | ValidationMetrics | OverfittingMetrics;

/** Losses of one training step. */
export type TrainingMetrics = {
  readonly kind: 'step';
  readonly step: number;
  readonly epoch: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** The terms of the method's loss by name: `total`, `natural`, `squeeze`, ... */
  readonly terms: { readonly [term: string]: number };
};

/** Counts on the validation images, for the weights that are selected by them: the averaged ones, if there are any. */
export type ValidationMetrics = {
  readonly kind: 'validation';
  readonly step: number;
  readonly epoch: number;
  readonly examples: number;
  readonly naturalCorrect: number;
  readonly robustCorrect: number;
  /** Count for the raw weights, if the counts above are for averaged ones. */
  readonly rawRobustCorrect?: number;
  /** Training images also evaluated, and how many of them were right under the same attack. */
  readonly monitored?: number;
  readonly monitoredRobustCorrect?: number;
};

/** A check for catastrophic overfitting: accuracies on one batch. */
export type OverfittingMetrics = {
  readonly kind: 'overfitting';
  readonly step: number;
  readonly epoch: number;
  /** Accuracy on the training examples. */
  readonly training: number;
  /** Accuracy under PGD on the same images. */
  readonly attacked: number;
  readonly overfitted: boolean;
};
