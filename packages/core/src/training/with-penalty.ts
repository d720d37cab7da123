import * as tf from '@tensorflow/tfjs-core';
import { checkClassifier } from '../classifier/check-classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import type { LossTerms } from '../contracts/loss.ts';
import { checkObject } from '../errors/check-options.ts';

const WHERE = '[@st/core] withPenalty';

/**
 * The loss terms with the penalty of the model's weight regularizers among them: total' = total + penalty. As they are where the classifier
 * has none (`Classifier.penalty`), or a term `penalty` is there already. Runs inside the caller's tidy, differentiable.
 * @throws {InvalidArgumentError} for what is no classifier or no terms.
 */
export function withPenalty(classifier: Classifier, terms: LossTerms): LossTerms {
  checkClassifier(WHERE, classifier);
  checkObject(WHERE, 'terms', terms, ['total']);
  const { penalty: penaltyOf } = classifier;
  if (!penaltyOf || 'penalty' in terms) return terms;
  const penalty = penaltyOf();
  return { ...terms, penalty, total: tf.add(terms.total, penalty) };
}
