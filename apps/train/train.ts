import { pgdSearch } from '@st/attacks';
import { type Classifier, ema, type FitEvent, type FitOptions, type FitResult, fit, type Search, SGD } from '@st/core';
import type { FitEvaluationEvent, FitOverfittingEvent, FitStepEvent } from '@st/core/kit';
import type { ImageDataset } from '@st/data';
import type { Progress } from '../command-line/progress.ts';
import { withMixing } from './augmentation.ts';
import { buildObjective } from './build-objective.ts';
import { buildSchedule } from './build-schedule.ts';
import type { Configuration } from './configuration.ts';
import { SINGLE_STEP } from './method.ts';
import type { OverfittingMetrics, ValidationMetrics } from './metrics.ts';
import { type MetricsLog, openMetricsLog } from './metrics-log.ts';
import { type RunFolder, storedConfiguration } from './run-folder.ts';
import { threatOf } from './threat-of.ts';

/** A training run: configuration, model, data and progress. */
export type Training = {
  readonly configuration: Configuration;
  readonly folder: RunFolder;
  readonly classifier: Classifier;
  readonly train: ImageDataset;
  readonly validation: ImageDataset;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/** Trains, or resumes at the folder's last checkpoint; logs every step and validation. */
export async function trainRun(training: Training): Promise<FitResult> {
  const { configuration, folder, classifier, train, validation, signal } = training;
  const { epochs, maxSteps, batchSize, seed, checkpointEvery, momentum, nesterov, weightDecay } = configuration;
  const { validateEvery, bestBy, earlyStop, monitorExamples, ema: decay, clipNorm } = configuration;
  const optimizer = new SGD({ learningRate: buildSchedule(configuration), momentum, nesterov, weightDecay });
  const search = validationSearch(configuration);
  try {
    return await fit(classifier, withMixing(train, configuration), {
      objective: buildObjective(configuration),
      optimizer,
      epochs,
      ...(maxSteps === null ? {} : { steps: maxSteps }),
      batchSize,
      seed,
      validation,
      evaluation: {
        search,
        ...(validateEvery === null ? {} : { everySteps: validateEvery }),
        ...(bestBy === null ? {} : { criterion: bestBy }),
        ...(earlyStop === null ? {} : { patience: earlyStop }),
        ...(monitorExamples === null ? {} : { trainingExamples: monitorExamples }),
      },
      ...(decay === null ? {} : { averaging: ema({ decay }) }),
      ...(clipNorm === null ? {} : { clipNorm }),
      ...overfittingCheck(configuration, search),
      checkpoint: folder.path,
      checkpointEvery,
      resume: true, // the folder is new, or --resume was given
      config: storedConfiguration(configuration),
      signal,
      onEvent: eventHandler(training),
    });
  } finally {
    optimizer.dispose();
  }
}

function validationSearch({ validationSteps, evalStepSize, ...rest }: Configuration): Search<'adversarial'> {
  return pgdSearch({ threat: threatOf(rest), steps: validationSteps, stepSize: evalStepSize });
}

/** The options with which `fit` checks for catastrophic overfitting, at each validation and with its attack. */
function overfittingCheck(
  { method, catastrophicOverfitting: action, overfittingTolerance: tolerance, validateEvery }: Configuration,
  search: Search<'adversarial'>,
): Pick<FitOptions, 'catastrophicOverfitting'> {
  if (action === 'off' || !SINGLE_STEP.includes(method)) return {};
  const every = validateEvery === null ? {} : { everySteps: validateEvery };
  return { catastrophicOverfitting: { search, action, tolerance, ...every } };
}

/** Writes events to the log and to the screen. */
function eventHandler({ folder, progress }: Training): (event: FitEvent) => Promise<void> {
  let log: MetricsLog | undefined;
  return async (event) => {
    switch (event.type) {
      case 'start':
        log = await openMetricsLog(folder.metrics, event.step);
        if (event.resumed) progress.say(`Resuming after step ${event.step} of ${event.totalSteps}.`);
        if (log.damage !== undefined) progress.say(log.damage);
        return;
      case 'checkpoint':
        log?.sync();
        return;
      case 'step':
        log?.append(trainingLine(event));
        progress.show(stateOf(event));
        return;
      case 'evaluation':
        log?.append(validationLine(event));
        progress.say(describeValidation(validationLine(event)));
        return;
      case 'overfitting-check':
        log?.append(overfittingLine(event));
        if (event.overfitted) progress.say(describeOverfitting(overfittingLine(event)));
        if (event.rolledBack !== null) progress.say(`Restored the weights of step ${event.rolledBack}.`);
        return;
      case 'end':
        if (event.status === 'stopped-early')
          progress.say(`Stopped after step ${event.step}: no improvement for too long.`);
        if (event.status === 'catastrophic-overfitting') progress.say(`Stopped after step ${event.step}.`);
    }
  };
}

function trainingLine({ step, epoch, learningRate, imagesPerSecond, losses }: FitStepEvent) {
  return { kind: 'step', step, epoch, learningRate, imagesPerSecond, terms: losses } as const;
}

function stateOf({ step, totalSteps, losses, learningRate, imagesPerSecond, etaSeconds }: FitStepEvent) {
  const values = { ...losses, lr: learningRate };
  return { task: 'training', unit: 'step', done: step, total: totalSteps, values, imagesPerSecond, etaSeconds };
}

function validationLine({ step, epoch, evaluation, averaged, training }: FitEvaluationEvent): ValidationMetrics {
  const scored = averaged ?? evaluation;
  return {
    kind: 'validation',
    step,
    epoch,
    examples: scored.natural.total,
    naturalCorrect: scored.natural.correct,
    robustCorrect: scored.adversarial?.correct ?? 0,
    ...(averaged && { rawRobustCorrect: evaluation.adversarial?.correct ?? 0 }),
    ...(training && { monitored: training.natural.total, monitoredRobustCorrect: training.adversarial?.correct ?? 0 }),
  };
}

function overfittingLine({ step, epoch, training, attacked, overfitted }: FitOverfittingEvent): OverfittingMetrics {
  return { kind: 'overfitting', step, epoch, training, attacked, overfitted };
}

function describeOverfitting({ step, training, attacked }: OverfittingMetrics): string {
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  return `step ${step}: catastrophic overfitting, ${percent(training)} right on its own training examples, ${percent(attacked)} under PGD on the same images`;
}

function describeValidation({ step, examples, naturalCorrect, robustCorrect }: ValidationMetrics): string {
  const percent = (correct: number): string => `${((100 * correct) / examples).toFixed(1)} %`;
  return `step ${step}: ${percent(naturalCorrect)} natural, ${percent(robustCorrect)} under PGD, of ${examples} held-out images`;
}
