import './gradients/index.ts';

export type { AveragedStatistics, Averaging } from './averaging/averaging.ts';
export { type EmaOptions, ema } from './averaging/ema.ts';
export { type RecomputeStatisticsOptions, recomputeStatistics } from './averaging/recompute-statistics.ts';
export { type SwaOptions, swa } from './averaging/swa.ts';
export { WeightAverage } from './averaging/weight-average.ts';
export { type Batch, type CheckBatchValuesOptions, checkBatch, checkBatchValues } from './batch.ts';
export {
  type BatchExpectation,
  type BatchFault,
  type BatchValues,
  findBatchFault,
  PIXEL_ROUNDING,
} from './batch-fault.ts';
export { blockedLength, blockedSum } from './blocked-sum.ts';
export { CarriedTensors } from './carried-tensors.ts';
export { checkDataset } from './check-dataset.ts';
export { checkObjective } from './check-objective.ts';
export { checkRng } from './check-rng.ts';
export { captureCheckpoint } from './checkpoints/capture-checkpoint.ts';
export {
  type BestScore,
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
  type RunState,
  type StopReason,
} from './checkpoints/checkpoint.ts';
export { BEST_CHECKPOINT, type CheckpointStore, LAST_CHECKPOINT } from './checkpoints/checkpoint-store.ts';
export { checkpointStoreOf } from './checkpoints/checkpoint-store-of.ts';
export { type Difference, findDifference } from './checkpoints/find-difference.ts';
export type { JsonObject, JsonValue } from './checkpoints/json.ts';
export { type LoadCheckpointOptions, loadCheckpoint } from './checkpoints/load-checkpoint.ts';
export { restoreCheckpoint } from './checkpoints/restore-checkpoint.ts';
export {
  asClassifier,
  type FunctionClassifierOptions,
  type GraphModelOptions,
  type ModelOptions,
} from './classifier/as-classifier.ts';
export {
  BATCH_NORM_ARGUMENT,
  BATCH_NORM_MODES,
  type BatchNormMode,
} from './classifier/batch-norm-mode.ts';
export { checkClassifier } from './classifier/check-classifier.ts';
export { checkTrainable } from './classifier/check-trainable.ts';
export type { Classifier, KeepsStatistics, NamedVariable, RunningStatistic } from './classifier/classifier.ts';
export { classifierOf } from './classifier/classifier-of.ts';
export { digestOfModel } from './classifier/digest-of-model.ts';
export type { GraphModel, GraphTensorInfo } from './classifier/kind-of-model.ts';
export { logitsClassifier } from './classifier/logits-classifier.ts';
export { untouchedIfItThrows } from './classifier/restoring.ts';
export { untracked } from './classifier/untracked.ts';
export type { WeightValues } from './classifier/weight-values.ts';
export type { Dataset, EpochPlan } from './dataset.ts';
export { epochOrder } from './epoch-order.ts';
export { checkImageShape } from './errors/check-image-shape.ts';
export { checkKind, checkKinds, type KindName } from './errors/check-kind.ts';
export { checkChoice, checkKnownOptions, checkNumber, checkObject, type Where } from './errors/check-options.ts';
export { checkTensor, type TensorForm } from './errors/check-tensor.ts';
export { describeValue } from './errors/describe-value.ts';
export {
  BackendError,
  CheckpointError,
  DataFormatError,
  type ErrorDetails,
  InvalidArgumentError,
  MissingGradientError,
  ShapeError,
  StError,
} from './errors/errors.ts';
export { type ReadJsonOptions, readJson } from './json/read-json.ts';
export type {
  Examples,
  Loss,
  LossTerms,
  Objective,
  Pass,
  Search,
  SearchContext,
  StepContext,
  ValueAndGradients,
  View,
  ViewImages,
} from './objective.ts';
export { clipByGlobalNorm } from './optimizer/clip-by-global-norm.ts';
export { SGD, type SGDOptions } from './optimizer/sgd.ts';
export { type TfjsOptimizerOptions, tfjsOptimizer } from './optimizer/tfjs-optimizer.ts';
export type { OptimizerState, TrainOptimizer } from './optimizer/train-optimizer.ts';
export { readsAreFree } from './reads-are-free.ts';
export { createRng, type Rng, type RngState, restoreRng } from './rng.ts';
export { decodeValues } from './safetensors/decode-values.ts';
export type { Safetensors, SafetensorsData, SafetensorsDtype, SafetensorsTensor } from './safetensors/safetensors.ts';
export { readSafetensors } from './safetensors/safetensors-read.ts';
export { type SafetensorsSource, writeSafetensors } from './safetensors/safetensors-write.ts';
export { constant } from './schedules/constant.ts';
export { type CosineOptions, cosine } from './schedules/cosine.ts';
export { type OneCycleOptions, oneCycle } from './schedules/one-cycle.ts';
export { piecewise } from './schedules/piecewise.ts';
export { presetSchedule, SCHEDULE_PRESETS, type SchedulePreset } from './schedules/preset-schedule.ts';
export { type Progress, type Schedule, stepsTaken } from './schedules/schedule.ts';
export { type WarmupOptions, warmup } from './schedules/warmup.ts';
export { sha256 } from './sha256.ts';
export { type EpsilonMap, NORMS, type Norm, type ThreatModel } from './threat-model.ts';
export { checkDatasetFits } from './training/check-dataset-fits.ts';
export { type Count, type EvaluateOptions, type Evaluation, evaluate } from './training/evaluate.ts';
export { fit } from './training/fit.ts';
export type {
  FitCheckpointEvent,
  FitEndEvent,
  FitEpochEvent,
  FitEvaluationEvent,
  FitEvent,
  FitOverfittingEvent,
  FitResult,
  FitStartEvent,
  FitStepEvent,
  LossValues,
} from './training/fit-event.ts';
export type { CatastrophicOverfittingOptions, FitEvaluationOptions, FitOptions } from './training/fit-options.ts';
export { nextTurn } from './training/next-turn.ts';
export { type TrainStepOptions, trainStep } from './training/train-step.ts';
export { valueAndGradients } from './training/value-and-gradients.ts';
export { withPenalty } from './training/with-penalty.ts';
export { checkLabelled, UNLABELLED } from './unlabelled.ts';
