import { findDifference } from '../checkpoints/find-difference.ts';
import { type JsonObject, jsonText } from '../checkpoints/json.ts';
import type { Dataset } from '../dataset.ts';
import { CheckpointError } from '../errors/errors.ts';
import type { TrainOptimizer } from '../optimizer/train-optimizer.ts';
import { toleranceOf } from './check-overfitting.ts';
import { criterionOf } from './criterion.ts';
import type { ReadyFitOptions } from './fit-options.ts';
import type { RunPlan } from './run-plan.ts';

/** Number of points of the run at which the learning rate is recorded: a schedule is a function, so it is compared by values. */
const RATES = 33;

/** The settings that affect the result of a run, as JSON; a resumed run must have the same. */
export function settingsOf(train: Dataset, options: ReadyFitOptions, plan: RunPlan): JsonObject {
  const { epochs, steps, batchSize, seed, validation, evaluation = {}, optimizer, objective } = options;
  const { search, examples, batchSize: evaluationBatch, every, everySteps, patience, trainingExamples } = evaluation;
  const { averaging, clipNorm, catastrophicOverfitting } = options;
  return toJson({
    epochs,
    steps: steps ?? null,
    batchSize,
    seed,
    train: { name: train.name, size: train.size },
    validation: validation ? { name: validation.name, size: validation.size } : null,
    evaluation: {
      attack: search !== undefined,
      examples: examples ?? null,
      batchSize: evaluationBatch ?? null,
      every: every ?? 1,
      everySteps,
      patience,
      trainingExamples,
      criterion: recordedCriterion(options),
    },
    // undefined settings are not written, so that runs of versions without a setting can be resumed
    objective: objective.settings,
    replays: objective.replays,
    averaging: averaging?.settings,
    clipNorm,
    catastrophicOverfitting: catastrophicOverfitting && {
      everySteps: catastrophicOverfitting.everySteps,
      tolerance: toleranceOf(catastrophicOverfitting),
      action: catastrophicOverfitting.action ?? 'report',
    },
    optimizer: optimizer.hyperparameters(),
    learningRate: sampledRates(optimizer, plan, epochs),
  });
}

/** The criterion, if it differs from that of versions without the option: robust accuracy with an attack, natural accuracy without. */
function recordedCriterion(options: ReadyFitOptions): string | undefined {
  const { name } = criterionOf(options);
  return name === (options.evaluation?.search ? 'robust' : 'natural') ? undefined : name;
}

function sampledRates(optimizer: TrainOptimizer, { stepsPerEpoch, totalSteps }: RunPlan, epochs: number): number[] {
  return Array.from({ length: RATES }, (_, i) => {
    const step = Math.round((i * (totalSteps - 1)) / (RATES - 1));
    const epoch = Math.floor(step / stepsPerEpoch) + 1;
    return optimizer.learningRateAt({ epoch, step: step % stepsPerEpoch, stepsPerEpoch, epochs, totalSteps });
  });
}

/** The value as it reads back from a file: without undefined members, with null for NaN. */
export function toJson(value: JsonObject): JsonObject {
  return JSON.parse(jsonText('[@st/core] fit', 'config', value));
}

/**
 * Refuses to resume a run with other settings, because the result would belong to neither.
 * @throws {CheckpointError} that names the key that differs.
 */
export function refuseOtherSettings(name: string, before: JsonObject, now: JsonObject): void {
  const difference = findDifference(before, now);
  if (!difference) return;
  const { path, before: old, now: present } = difference;
  throw new CheckpointError(
    `[@st/core] fit: ${name}: a resumed run must have its original configuration, but ${path} was ${JSON.stringify(old)} and is ${JSON.stringify(present)}. Set it back, or start a new run in another folder.`,
    { argument: path, received: present },
  );
}
