/**
 * For the other `@st` packages, and for users who write components of their own: checks of arguments, internal functions, and types that only signatures of
 * the main entry mention. Programs that use the library need only `@st/core`.
 */
import './gradients/index.ts';

export type { AveragedStatistics, Averaging } from './averaging/averaging.ts';
export { type RecomputeStatisticsOptions, recomputeStatistics } from './averaging/recompute-statistics.ts';
export type { CheckBatchValuesOptions } from './batch.ts';
export { checkBatch } from './batch.ts';
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
export { checkpointStoreOf } from './checkpoints/checkpoint-store-of.ts';
export { type Difference, findDifference } from './checkpoints/find-difference.ts';
export type { JsonObject, JsonValue } from './checkpoints/json.ts';
export { restoreCheckpoint } from './checkpoints/restore-checkpoint.ts';
export { BATCH_NORM_ARGUMENT, BATCH_NORM_MODES } from './classifier/batch-norm-mode.ts';
export { checkClassifier } from './classifier/check-classifier.ts';
export { checkTrainable } from './classifier/check-trainable.ts';
export type { KeepsStatistics, NamedVariable, RunningStatistic } from './classifier/classifier.ts';
export { classifierOf } from './classifier/classifier-of.ts';
export { digestOfModel } from './classifier/digest-of-model.ts';
export type { GraphModel, GraphTensorInfo } from './classifier/kind-of-model.ts';
export { NO_CLASS, predictedClasses, rankedClasses, readLogits } from './classifier/predict.ts';
export { untouchedIfItThrows } from './classifier/restoring.ts';
export { untracked } from './classifier/untracked.ts';
export type { WeightValues } from './classifier/weight-values.ts';
export type { ValueAndGradients } from './contracts/loss.ts';
export type { SearchContext, StepContext } from './contracts/objective.ts';
export type { ViewImages } from './contracts/view.ts';
export type { EpochPlan } from './dataset.ts';
export { epochOrder } from './epoch-order.ts';
export { checkImageShape } from './errors/check-image-shape.ts';
export { checkKind, checkKinds, type KindName } from './errors/check-kind.ts';
export { checkChoice, checkKnownOptions, checkNumber, checkObject, type Where } from './errors/check-options.ts';
export { checkTensor, type TensorForm } from './errors/check-tensor.ts';
export { describeValue } from './errors/describe-value.ts';
export type { ErrorDetails } from './errors/errors.ts';
export { type ReadJsonOptions, readJson } from './json/read-json.ts';
export type { OptimizerState } from './optimizer/train-optimizer.ts';
export { readsAreFree } from './reads-are-free.ts';
export type { RngState } from './rng.ts';
export { restoreRng } from './rng.ts';
export { decodeValues } from './safetensors/decode-values.ts';
export type { Safetensors, SafetensorsData, SafetensorsDtype, SafetensorsTensor } from './safetensors/safetensors.ts';
export type { SafetensorsSource } from './safetensors/safetensors-write.ts';
export { SCHEDULE_PRESETS, type SchedulePreset } from './schedules/preset-schedule.ts';
export { type Progress, stepsTaken } from './schedules/schedule.ts';
export { sha256 } from './sha256.ts';
export { type EpsilonMap, NORMS } from './threat-model.ts';
export { checkDatasetFits } from './training/check-dataset-fits.ts';
export type { Count } from './training/evaluate.ts';
export type {
  FitCheckpointEvent,
  FitEndEvent,
  FitEpochEvent,
  FitEvaluationEvent,
  FitOverfittingEvent,
  FitStartEvent,
  FitStepEvent,
  LossValues,
} from './training/fit-event.ts';
export { nextTurn } from './training/next-turn.ts';
export { withPenalty } from './training/with-penalty.ts';
export { checkLabeled } from './unlabeled.ts';
