import { checkNumber } from '../errors/check-options.ts';
import type { Evaluation } from './evaluate.ts';
import type { FitResult } from './fit-event.ts';
import type { FitOptions } from './fit-options.ts';

/** The score that decides the best checkpoint of a run. */
export type Criterion = {
  /** `'custom'`: a function of the caller. */
  readonly name: FitResult['criterion'];
  /** Higher is better. */
  score(evaluation: Evaluation): number;
};

const NATURAL: Criterion = { name: 'natural', score: ({ natural }) => natural.accuracy };
const ROBUST: Criterion = { name: 'robust', score: ({ natural, adversarial }) => (adversarial ?? natural).accuracy };

/** The criterion of the options, otherwise that of the objective. Robust accuracy needs an attack; without one it falls back to natural accuracy. */
export function criterionOf({ evaluation, objective }: Pick<FitOptions, 'evaluation' | 'objective'>): Criterion {
  const { criterion = objective.criterion ?? 'robust', search } = evaluation ?? {};
  if (typeof criterion !== 'function') return criterion === 'natural' || !search ? NATURAL : ROBUST;
  const score = (found: Evaluation): number =>
    checkNumber('[@st/core] fit', 'the score of evaluation.criterion', criterion(found));
  return { name: 'custom', score };
}
