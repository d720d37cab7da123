export { asClassifier, type FunctionClassifierOptions } from './as-classifier.ts';
export { type Batch, checkBatch, checkBatchValues } from './batch.ts';
export { BATCH_NORM_ARGUMENT, BATCH_NORM_MODES, type BatchNormMode } from './batch-norm-mode.ts';
export { checkChoice, checkKnownOptions, checkNumber, type Where } from './check-options.ts';
export type { Classifier, NamedVariable } from './classifier.ts';
export type { Dataset } from './dataset.ts';
export { describeValue } from './describe-value.ts';
export {
  BackendError,
  CheckpointError,
  DataFormatError,
  type ErrorDetails,
  InvalidArgumentError,
  ShapeError,
  StError,
} from './errors.ts';
export type { Examples, Loss, LossTerms, Objective, Pass, Search, View, ViewImages } from './objective.ts';
export { createRng, type Rng, type RngState, restoreRng } from './rng.ts';
export type { Safetensors, SafetensorsData, SafetensorsDtype, SafetensorsTensor } from './safetensors.ts';
export { readSafetensors } from './safetensors-read.ts';
export { type SafetensorsSource, writeSafetensors } from './safetensors-write.ts';
export { NORMS, type Norm, type ThreatModel } from './threat-model.ts';
