import './gradients/index.ts';

export { type EmaOptions, ema } from './averaging/ema.ts';
export { type SwaOptions, swa } from './averaging/swa.ts';
export { WeightAverage } from './averaging/weight-average.ts';
export { type Batch, checkBatchValues } from './batch.ts';
export { BEST_CHECKPOINT, type CheckpointStore, LAST_CHECKPOINT } from './checkpoints/checkpoint-store.ts';
export { type LoadCheckpointOptions, loadCheckpoint } from './checkpoints/load-checkpoint.ts';
export {
  asClassifier,
  type FunctionClassifierOptions,
  type GraphModelOptions,
  type ModelOptions,
} from './classifier/as-classifier.ts';
export type { BatchNormMode } from './classifier/batch-norm-mode.ts';
export type { Classifier } from './classifier/classifier.ts';
export { logitsClassifier } from './classifier/logits-classifier.ts';
export type { Loss, LossTerms, Pass } from './contracts/loss.ts';
export type { Objective } from './contracts/objective.ts';
export type { Search } from './contracts/search.ts';
export type { Examples, View } from './contracts/view.ts';
export type { Dataset } from './dataset.ts';
export {
  BackendError,
  CheckpointError,
  DataFormatError,
  InvalidArgumentError,
  MissingGradientError,
  ShapeError,
  StError,
} from './errors/errors.ts';
export { clipByGlobalNorm } from './optimizer/clip-by-global-norm.ts';
export { SGD, type SgdOptions } from './optimizer/sgd.ts';
export { type TfjsOptimizerOptions, tfjsOptimizer } from './optimizer/tfjs-optimizer.ts';
export type { TrainOptimizer } from './optimizer/train-optimizer.ts';
export { createRng, type Rng } from './rng.ts';
export { readSafetensors } from './safetensors/safetensors-read.ts';
export { writeSafetensors } from './safetensors/safetensors-write.ts';
export { constant } from './schedules/constant.ts';
export { type CosineOptions, cosine } from './schedules/cosine.ts';
export { type OneCycleOptions, oneCycle } from './schedules/one-cycle.ts';
export { piecewise } from './schedules/piecewise.ts';
export { presetSchedule } from './schedules/preset-schedule.ts';
export type { Schedule } from './schedules/schedule.ts';
export { type WarmupOptions, warmup } from './schedules/warmup.ts';
export type { Norm, ThreatModel } from './threat-model.ts';
export { type EvaluateOptions, type Evaluation, evaluate } from './training/evaluate.ts';
export { fit } from './training/fit.ts';
export type { FitEvent, FitResult } from './training/fit-event.ts';
export type { CatastrophicOverfittingOptions, FitEvaluationOptions, FitOptions } from './training/fit-options.ts';
export { type TrainStepOptions, trainStep } from './training/train-step.ts';
export { valueAndGradients } from './training/value-and-gradients.ts';
export { UNLABELED } from './unlabeled.ts';
