/**
 * How batch normalization behaves in one forward pass:
 * - `'inference'`: normalize with the running statistics;
 * - `'batch-frozen'`: normalize with the statistics of this batch, and leave the running statistics unchanged;
 * - `'batch-tracking'`: normalize with the statistics of this batch, and update the running statistics.
 *
 * Dropout layers are active in both batch modes, as they are under PyTorch's `model.train()`.
 */
export type BatchNormMode = 'inference' | 'batch-frozen' | 'batch-tracking';

export const BATCH_NORM_MODES: readonly BatchNormMode[] = ['inference', 'batch-frozen', 'batch-tracking'];

/** The call argument in which `asClassifier` passes the mode to layers that support it, in addition to tfjs-layers' `training`. */
export const BATCH_NORM_ARGUMENT = 'batchNorm';
