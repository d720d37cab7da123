import * as tf from '@tensorflow/tfjs-core';
import { checkClassifier } from '../classifier/check-classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import type { LossTerms } from '../contracts/loss.ts';
import { checkObject } from '../errors/check-options.ts';

const WHERE = '[@st/core] withPenalty';

/**
 * Adds the penalty of the model's weight regularizers to the loss terms: total' = total + penalty. Returns the terms unchanged if the classifier has no
 * penalty (`Classifier.penalty`), or a term `penalty` exists. Runs inside the caller's tidy; differentiable.
 * @throws {InvalidArgumentError} for arguments that are not a classifier and loss terms.
 */
export function withPenalty(classifier: Classifier, terms: LossTerms): LossTerms {
  checkClassifier(WHERE, classifier);
  checkObject(WHERE, 'terms', terms, ['total']);
  const { penalty: penaltyOf } = classifier;
  if (!penaltyOf || 'penalty' in terms) return terms;
  const penalty = penaltyOf();
  return { ...terms, penalty, total: tf.add(terms.total, penalty) };
}
