import type { Experiment } from './experiment.ts';
import type { Origin, TrainingResult } from './results.ts';

export const ORIGIN: Origin = { commits: ['abc'], processor: 'p', node: 'v20', backend: 'native' };

/** The result of a training with these counts of robust held-out images, of 1 000, one a validation. */
export function trainingResult(experiment: Experiment, robust: readonly number[], natural = 700): TrainingResult {
  const numbers = { steps: 1, seconds: 3600, imagesPerSecond: 1, parameters: 1, bestStep: 1 };
  const validations = robust.map((count, i) => ({ step: i, examples: 1000, natural: 600, robust: count }));
  const test = { examples: 1000, correct: { none: natural, 'PGD-20': 300, 'CW-20': 290 } };
  return { ...ORIGIN, ...numbers, experiment, validations, test };
}
