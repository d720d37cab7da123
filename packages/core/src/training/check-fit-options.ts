import * as tf from '@tensorflow/tfjs-core';

import { checkAveraging } from '../averaging/check-averaging.ts';
import { checkDataset } from '../check-dataset.ts';
import { checkObjective } from '../check-objective.ts';
import type { Classifier } from '../classifier/classifier.ts';
import type { Dataset } from '../dataset.ts';
import { checkKinds } from '../errors/check-kind.ts';
import { checkChoice, checkKnownOptions, checkNumber, type Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { trainOptimizerOf } from '../optimizer/train-optimizer-of.ts';
import { checkLabeled, TRAINING_UNLABELED } from '../unlabeled.ts';
import { checkDatasetFits } from './check-dataset-fits.ts';
import type { CatastrophicOverfittingOptions, FitEvaluationOptions, FitOptions } from './fit-options.ts';

const WHERE = '[@st/core] fit';

/** Every option of `FitOptions`; the type ensures that the list is complete. */
const KNOWN: Readonly<Record<keyof FitOptions, true>> = {
  objective: true,
  optimizer: true,
  epochs: true,
  steps: true,
  batchSize: true,
  seed: true,
  validation: true,
  evaluation: true,
  averaging: true,
  clipNorm: true,
  catastrophicOverfitting: true,
  checkpoint: true,
  checkpointEvery: true,
  resume: true,
  config: true,
  signal: true,
  onEvent: true,
};

const KNOWN_EVALUATION: Readonly<Record<keyof FitEvaluationOptions, true>> = {
  search: true,
  criterion: true,
  examples: true,
  batchSize: true,
  every: true,
  everySteps: true,
  patience: true,
  trainingExamples: true,
};

const KNOWN_OVERFITTING: Readonly<Record<keyof CatastrophicOverfittingOptions, true>> = {
  search: true,
  everySteps: true,
  tolerance: true,
  action: true,
};

/**
 * Checks everything that can be checked before anything is read or written.
 * @throws {InvalidArgumentError | ShapeError} that names the option and how to fix it.
 */
export function checkFitOptions(classifier: Classifier, train: Dataset, options: FitOptions): void {
  checkKnownOptions(WHERE, options, Object.keys(KNOWN));
  checkDataset(WHERE, 'train', train);
  checkObjective(WHERE, options.objective);
  const optimizer = trainOptimizerOf(WHERE, options.optimizer);
  const { epochs, steps, batchSize, seed, validation, evaluation, checkpoint, checkpointEvery, resume } = options;
  const { objective, averaging, clipNorm, catastrophicOverfitting, onEvent } = options;
  const atLeastOne = { min: 1, integer: true };
  checkNumber(WHERE, 'epochs', epochs, atLeastOne);
  if (steps !== undefined) checkNumber(WHERE, 'steps', steps, atLeastOne);
  checkDatasetFits(`${WHERE}: train`, classifier, train);
  if (!objective.takesUnlabeled) checkLabeled(`${WHERE}: train`, train, TRAINING_UNLABELED);
  checkNumber(WHERE, 'batchSize', batchSize, {
    ...atLeastOne,
    max: train.size,
    hint: `The training set '${train.name}' holds ${train.size} examples.`,
  });
  checkNumber(WHERE, 'seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (validation !== undefined) checkValidation(classifier, validation);
  if (evaluation !== undefined) checkEvaluation(evaluation, validation, train);
  if (clipNorm !== undefined) checkNumber(WHERE, 'clipNorm', clipNorm, { min: 0, aboveMin: true });
  if (catastrophicOverfitting !== undefined) checkOverfitting(catastrophicOverfitting);
  if (averaging !== undefined) checkAveraging(WHERE, averaging);
  checkKinds(WHERE, options, { signal: 'signal', checkpoint: 'store', resume: 'switch', config: 'options' });
  if (onEvent !== undefined && typeof onEvent !== 'function')
    refuseKind('onEvent', 'a function (event) => ...', onEvent);
  // fails now, not after the first epoch, if the state of the optimizer cannot be saved
  if (checkpoint !== undefined) tf.dispose([...optimizer.state().slots.values()]);
  checkNumber(WHERE, 'objective.replays', objective.replays ?? 1, atLeastOne);
  if (checkpointEvery !== undefined) checkNumber(WHERE, 'checkpointEvery', checkpointEvery, atLeastOne);
  for (const [name, value] of Object.entries({ checkpointEvery, resume })) {
    if (value) require(name, 'checkpoint', checkpoint, 'such as a folder', value);
  }
}

function checkValidation(classifier: Classifier, validation: Dataset): void {
  checkDataset(WHERE, 'validation', validation);
  checkDatasetFits(`${WHERE}: validation`, classifier, validation);
  checkLabeled(`${WHERE}: validation`, validation, 'Hold out labeled images.');
}

function checkEvaluation(evaluation: FitEvaluationOptions, validation: Dataset | undefined, train: Dataset): void {
  checkKnownOptions(`${WHERE}: evaluation`, evaluation, Object.keys(KNOWN_EVALUATION));
  const { search, criterion, examples, batchSize, every, everySteps, patience, trainingExamples } = evaluation;
  if (search !== undefined) checkSearch(`${WHERE}: evaluation`, search);
  if (criterion !== undefined && typeof criterion !== 'function') {
    checkChoice(`${WHERE}: evaluation`, 'criterion', criterion, ['natural', 'robust']);
  }
  if (criterion === 'robust')
    require("evaluation.criterion 'robust'", 'evaluation.search', search, 'a search to measure it with', criterion);
  require('evaluation', 'validation', validation, 'examples held out of the training set', evaluation);
  if (examples !== undefined) {
    checkNumber(WHERE, 'evaluation.examples', examples, { min: 1, max: validation?.size ?? 1, integer: true });
  }
  if (batchSize !== undefined) checkNumber(WHERE, 'evaluation.batchSize', batchSize, { min: 1, integer: true });
  for (const [name, value] of Object.entries({ every, everySteps, patience })) {
    if (value !== undefined) checkNumber(WHERE, `evaluation.${name}`, value, { min: 1, integer: true });
  }
  if (trainingExamples !== undefined) {
    checkNumber(WHERE, 'evaluation.trainingExamples', trainingExamples, { min: 1, max: train.size, integer: true });
    checkLabeled(`${WHERE}: evaluation.trainingExamples`, train, 'Omit it: accuracy needs labels.');
  }
}

function checkOverfitting(options: CatastrophicOverfittingOptions): void {
  const where = `${WHERE}: catastrophicOverfitting` as const;
  checkKnownOptions(where, options, Object.keys(KNOWN_OVERFITTING));
  const { search, everySteps, tolerance, action } = options;
  if (everySteps !== undefined) checkNumber(where, 'everySteps', everySteps, { min: 1, integer: true });
  if (tolerance !== undefined) {
    checkNumber(where, 'tolerance', tolerance, { min: 0, max: 1, aboveMin: true, belowMax: true });
  }
  if (action !== undefined) checkChoice(where, 'action', action, ['report', 'stop']);
  checkSearch(where, search);
}

function checkSearch(where: Where, search: unknown): void {
  if (typeof search === 'function') return;
  throw new InvalidArgumentError(
    `${where}: search must be a function, got ${describeValue(search)}. Build one: pgdSearch({ threat, steps: 10, stepSize: 2 / 255 }).`,
    { argument: 'search', received: search },
  );
}

function refuseKind(argument: string, wanted: string, received: unknown): never {
  throw new InvalidArgumentError(`${WHERE}: ${argument} must be ${wanted}, got ${describeValue(received)}.`, {
    argument,
    received,
  });
}

function require(option: string, needed: string, value: unknown, what: string, received: unknown): void {
  if (value !== undefined) return;
  throw new InvalidArgumentError(`${WHERE}: ${option} needs ${needed} (${what}), got none.`, {
    argument: needed,
    received,
  });
}
