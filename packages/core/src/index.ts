export { asClassifier, type FunctionClassifierOptions } from './as-classifier.ts';
export { type Batch, checkBatch, checkBatchValues } from './batch.ts';
export { BATCH_NORM_ARGUMENT, BATCH_NORM_MODES, type BatchNormMode } from './batch-norm-mode.ts';
export { captureCheckpoint } from './capture-checkpoint.ts';
export { checkChoice, checkKnownOptions, checkNumber, type Where } from './check-options.ts';
export { checkTrainable } from './check-trainable.ts';
export { type Checkpoint, decodeCheckpoint, encodeCheckpoint, type RunState } from './checkpoint.ts';
export { BEST_CHECKPOINT, type CheckpointStore, LAST_CHECKPOINT } from './checkpoint-store.ts';
export type { Classifier, NamedVariable } from './classifier.ts';
export { classifierOf } from './classifier-of.ts';
export { constant } from './constant.ts';
export { type CosineOptions, cosine } from './cosine.ts';
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
export { type Count, type EvaluateOptions, type Evaluation, evaluate } from './evaluate.ts';
export { fit } from './fit.ts';
export type {
  FitCheckpointEvent,
  FitEndEvent,
  FitEpochEvent,
  FitEvaluationEvent,
  FitEvent,
  FitResult,
  FitStartEvent,
  FitStepEvent,
  LossValues,
} from './fit-event.ts';
export type { FitEvaluationOptions, FitOptions } from './fit-options.ts';
export type { JsonObject, JsonValue } from './json.ts';
export { loadCheckpoint } from './load-checkpoint.ts';
export type { Examples, Loss, LossTerms, Objective, Pass, Search, View, ViewImages } from './objective.ts';
export { type OneCycleOptions, oneCycle } from './one-cycle.ts';
export { piecewise } from './piecewise.ts';
export { presetSchedule, SCHEDULE_PRESETS, type SchedulePreset } from './preset-schedule.ts';
export { restoreCheckpoint } from './restore-checkpoint.ts';
export { createRng, type Rng, type RngState, restoreRng } from './rng.ts';
export type { Safetensors, SafetensorsData, SafetensorsDtype, SafetensorsTensor } from './safetensors.ts';
export { readSafetensors } from './safetensors-read.ts';
export { type SafetensorsSource, writeSafetensors } from './safetensors-write.ts';
export type { Progress, Schedule } from './schedule.ts';
export { SGD, type SGDOptions } from './sgd.ts';
export { NORMS, type Norm, type ThreatModel } from './threat-model.ts';
export type { OptimizerState, TrainOptimizer } from './train-optimizer.ts';
export { type TrainStepOptions, trainStep } from './train-step.ts';
export { type ValueAndGradients, valueAndGradients } from './value-and-gradients.ts';
export { type WarmupOptions, warmup } from './warmup.ts';
