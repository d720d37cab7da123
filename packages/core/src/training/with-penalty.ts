import * as tf from '@tensorflow/tfjs-core';

import type { Classifier } from '../classifier/classifier.ts';
import type { LossTerms } from '../objective.ts';

/**
 * The loss terms with the penalty of the model's weight regularizers among them: total' = total + penalty. As they are where the classifier
 * has none (`Classifier.penalty`), or a term `penalty` is there already. Runs inside the caller's tidy, differentiable.
 */
export function withPenalty({ penalty: penaltyOf }: Classifier, terms: LossTerms): LossTerms {
  if (!penaltyOf || 'penalty' in terms) return terms;
  const penalty = penaltyOf();
  return { ...terms, penalty, total: tf.add(terms.total, penalty) };
}
