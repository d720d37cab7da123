/**
 * How batch normalisation behaves in one forward pass:
 * - `'inference'`: normalise with the running statistics;
 * - `'batch-frozen'`: normalise with the statistics of this batch, running ones untouched;
 * - `'batch-tracking'`: normalise with the statistics of this batch and update the running ones.
 *
 * Dropout layers are active in both batch modes, as they are under PyTorch's `model.train()`.
 */
export type BatchNormMode = 'inference' | 'batch-frozen' | 'batch-tracking';

export const BATCH_NORM_MODES: readonly BatchNormMode[] = ['inference', 'batch-frozen', 'batch-tracking'];

/** The key under which `asClassifier` hands the mode to layers that know it, beside tfjs-layers' own `training`. */
export const BATCH_NORM_ARGUMENT = 'batchNorm';
