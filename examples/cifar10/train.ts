import { pgd } from '@st/attacks';
import {
  type Classifier,
  evaluate,
  type FitEvent,
  type FitResult,
  type FitStartEvent,
  type FitStepEvent,
  fit,
  type JsonObject,
  type Search,
  SGD,
} from '@st/core';
import type { ImageDataset } from '@st/data';

import { buildObjective } from './build-objective.ts';
import { buildSchedule } from './build-schedule.ts';
import type { Configuration } from './configuration.ts';
import { type MetricsLog, openMetricsLog, type ValidationMetrics } from './metrics-log.ts';
import type { Progress } from './progress.ts';
import type { RunFolder } from './run-folder.ts';
import { threatOf } from './threat-of.ts';

/** A training run: what is trained, on what, and who is told. */
export type Training = {
  readonly configuration: Configuration;
  readonly folder: RunFolder;
  readonly classifier: Classifier;
  readonly train: ImageDataset;
  readonly validation: ImageDataset;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/** Trains, or goes on where the folder's last checkpoint stands; logs every step and validation. */
export async function trainRun(training: Training): Promise<FitResult> {
  const { configuration, folder, classifier, train, validation, signal } = training;
  const { epochs, maxSteps, batchSize, seed, checkpointEvery, momentum, nesterov, weightDecay } = configuration;
  const optimizer = new SGD({ learningRate: buildSchedule(configuration), momentum, nesterov, weightDecay });
  const attack = validationAttack(configuration);
  try {
    return await fit(classifier, train, {
      objective: buildObjective(configuration),
      optimizer,
      epochs,
      ...(maxSteps === null ? {} : { steps: maxSteps }),
      batchSize,
      seed,
      validation,
      evaluation: { attack },
      checkpoint: folder.path,
      checkpointEvery,
      resume: true, // the folder is either new or was asked to be resumed
      config: configuration as unknown as JsonObject, // a type alias of plain JSON, which TypeScript cannot see of readonly lists
      signal,
      onEvent: follow(training, attack),
    });
  } finally {
    optimizer.dispose();
  }
}

function validationAttack({ validationSteps, evalStepSize, ...rest }: Configuration): Search<'adversarial'> {
  return pgd({ threat: threatOf(rest), steps: validationSteps, stepSize: evalStepSize });
}

/** Writes what happens into the log and onto the screen; validates between epochs where the configuration asks for it. */
function follow(training: Training, attack: Search<'adversarial'>): (event: FitEvent) => Promise<void> {
  const { configuration, folder, progress } = training;
  let log: MetricsLog | undefined;
  let plan: FitStartEvent | undefined;
  return async (event) => {
    if (event.type === 'start') {
      plan = event;
      log = openMetricsLog(folder.metrics, event.step);
      if (event.resumed) progress.say(`Resuming after step ${event.step} of ${event.totalSteps}.`);
    }
    if (event.type === 'step' && log && plan) {
      log.append(trainingLine(event));
      progress.show(stateOf(event));
      if (isDue(event, plan, configuration)) {
        const line = await validate(training, attack, event);
        log.append(line);
        progress.say(describeValidation(line));
      }
    }
    if (event.type === 'evaluation') {
      const line = validationLine(event, event.evaluation);
      log?.append(line);
      progress.say(describeValidation(line));
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

/** `fit` itself validates at the end of an epoch. */
function isDue({ step }: FitStepEvent, plan: FitStartEvent, { validateEvery }: Configuration): boolean {
  const endsEpoch = step % plan.stepsPerEpoch === 0 || step === plan.totalSteps;
  return validateEvery !== null && step % validateEvery === 0 && !endsEpoch;
}

async function validate(
  { classifier, validation, configuration }: Training,
  attack: Search<'adversarial'>,
  event: FitStepEvent,
): Promise<ValidationMetrics> {
  const { batchSize, seed } = configuration;
  return validationLine(event, await evaluate(classifier, validation, { attack, batchSize, seed }));
}

function validationLine(
  { step, epoch }: { readonly step: number; readonly epoch: number },
  { natural, adversarial }: Awaited<ReturnType<typeof evaluate>>,
): ValidationMetrics {
  return {
    kind: 'validation',
    step,
    epoch,
    examples: natural.total,
    naturalCorrect: natural.correct,
    robustCorrect: adversarial?.correct ?? 0,
  };
}

function describeValidation({ step, examples, naturalCorrect, robustCorrect }: ValidationMetrics): string {
  const percent = (correct: number): string => `${((100 * correct) / examples).toFixed(1)} %`;
  return `step ${step}: ${percent(naturalCorrect)} natural, ${percent(robustCorrect)} under PGD, of ${examples} held-out images`;
}
