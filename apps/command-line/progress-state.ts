import type { EvaluationProgress } from '@st/evaluation';

import type { ProgressState } from './progress-line.ts';

/** What the bar of an evaluation shows. */
export function progressState(at: EvaluationProgress): ProgressState {
  const { name, done, total, standing, etaSeconds, partsLeft } = at;
  const later = partsLeft === 0 ? '' : `, ${partsLeft} more to come`;
  return {
    task: `${name} (${standing} standing${later})`,
    unit: 'image',
    done,
    total,
    ...(etaSeconds === null ? {} : { etaSeconds }),
  };
}
