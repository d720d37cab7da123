import type { EvaluationProgress } from '@st/evaluation';

import type { ProgressState } from './progress-line.ts';

/** The progress of an evaluation, for the bar. */
export function progressState(at: EvaluationProgress): ProgressState {
  const { name, done, total, standing, etaSeconds, partsLeft } = at;
  const later = partsLeft === 0 ? '' : `, ${partsLeft} more parts`;
  return {
    task: `${name} (${standing} unbroken${later})`,
    unit: 'image',
    done,
    total,
    ...(etaSeconds === null ? {} : { etaSeconds }),
  };
}
