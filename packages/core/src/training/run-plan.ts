/** How a run divides into epochs and steps. */
export type RunPlan = {
  /** Number of epochs; the last one is shorter if the steps are limited. */
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly totalSteps: number;
  /** Steps of one epoch, from 1. */
  stepsOf(epoch: number): number;
};

/** Every epoch takes `examples` examples, in batches of which the last may be smaller, and each batch `replays` times; `limit` bounds the steps. */
export function planRun(
  examples: number,
  batchSize: number,
  epochs: number,
  limit: number | undefined,
  replays = 1,
): RunPlan {
  const stepsPerEpoch = replays * Math.ceil(examples / batchSize);
  const totalSteps = Math.min(epochs * stepsPerEpoch, limit ?? Number.POSITIVE_INFINITY);
  return {
    epochs: Math.ceil(totalSteps / stepsPerEpoch),
    stepsPerEpoch,
    totalSteps,
    stepsOf: (epoch) => Math.max(0, Math.min(stepsPerEpoch, totalSteps - (epoch - 1) * stepsPerEpoch)),
  };
}
