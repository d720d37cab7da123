import type { Classifier } from '../classifier/classifier.ts';
import type { Dataset } from '../dataset.ts';
import { checkKnownOptions, checkNumber } from '../errors/check-options.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { checkDatasetFits } from './check-dataset-fits.ts';
import type { FitEvaluationOptions, FitOptions } from './fit-options.ts';

const WHERE = '[@st/core] fit';

/** Every option of `FitOptions`; the type makes the list complete. */
const KNOWN: Readonly<Record<keyof FitOptions, true>> = {
  objective: true,
  optimizer: true,
  epochs: true,
  steps: true,
  batchSize: true,
  seed: true,
  validation: true,
  evaluation: true,
  checkpoint: true,
  checkpointEvery: true,
  resume: true,
  config: true,
  signal: true,
  onEvent: true,
};

const KNOWN_EVALUATION: Readonly<Record<keyof FitEvaluationOptions, true>> = {
  attack: true,
  examples: true,
  batchSize: true,
  every: true,
};

/**
 * All that can be checked before anything is read or written.
 * @throws {InvalidArgumentError | ShapeError} naming the option and the mend.
 */
export function checkFitOptions(classifier: Classifier, train: Dataset, options: FitOptions): void {
  const { epochs, steps, batchSize, seed, validation, evaluation, checkpoint, checkpointEvery, resume } = options;
  const atLeastOne = { min: 1, integer: true };
  checkKnownOptions(WHERE, options, Object.keys(KNOWN));
  checkNumber(WHERE, 'epochs', epochs, atLeastOne);
  if (steps !== undefined) checkNumber(WHERE, 'steps', steps, atLeastOne);
  checkDatasetFits(`${WHERE}: train`, classifier, train);
  checkNumber(WHERE, 'batchSize', batchSize, {
    ...atLeastOne,
    max: train.size,
    hint: `The training set '${train.name}' holds ${train.size} examples.`,
  });
  checkNumber(WHERE, 'seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  if (validation) checkDatasetFits(`${WHERE}: validation`, classifier, validation);
  if (evaluation) checkEvaluation(evaluation, validation);
  if (checkpointEvery !== undefined) checkNumber(WHERE, 'checkpointEvery', checkpointEvery, atLeastOne);
  for (const [name, value] of Object.entries({ checkpointEvery, resume })) {
    if (value) require(name, 'checkpoint', checkpoint, 'a folder, say', value);
  }
}

function checkEvaluation(evaluation: FitEvaluationOptions, validation: Dataset | undefined): void {
  const { examples, batchSize, every } = evaluation;
  checkKnownOptions(`${WHERE}: evaluation`, evaluation, Object.keys(KNOWN_EVALUATION));
  require('evaluation', 'validation', validation, 'examples held out of the training set', evaluation);
  if (examples !== undefined) {
    checkNumber(WHERE, 'evaluation.examples', examples, { min: 1, max: validation?.size ?? 1, integer: true });
  }
  if (batchSize !== undefined) checkNumber(WHERE, 'evaluation.batchSize', batchSize, { min: 1, integer: true });
  if (every !== undefined) checkNumber(WHERE, 'evaluation.every', every, { min: 1, integer: true });
}

function require(option: string, needed: string, value: unknown, what: string, received: unknown): void {
  if (value !== undefined) return;
  throw new InvalidArgumentError(`${WHERE}: ${option} needs ${needed} (${what}), got none.`, {
    argument: needed,
    received,
  });
}
