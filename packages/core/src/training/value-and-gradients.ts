import * as tf from '@tensorflow/tfjs-core';

import { checkClassifier } from '../classifier/check-classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { untouchedIfItThrows } from '../classifier/restoring.ts';
import type { ValueAndGradients } from '../contracts/loss.ts';
import type { Objective } from '../contracts/objective.ts';
import type { Examples } from '../contracts/view.ts';
import { checkKind } from '../errors/check-kind.ts';
import { checkObject } from '../errors/check-options.ts';
import { checkTensor } from '../errors/check-tensor.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { withPenalty } from './with-penalty.ts';

const WHERE = '[@st/core] valueAndGradients';

/**
 * The objective's loss terms at the current weights, and the gradient of `total` with respect to the classifier's parameters only. Runs the objective's
 * forward passes, which update the running statistics according to their modes; if it throws, the statistics are unchanged. Includes the penalty of the
 * model's weight regularizers (`withPenalty`), also for an objective that omits it.
 * @param examples - The result of `objective.search`; borrowed.
 * @throws {InvalidArgumentError} if the classifier has no parameters, or for an argument of the wrong type.
 */
export function valueAndGradients(
  objective: Pick<Objective, 'loss'>,
  classifier: Classifier,
  examples: Examples,
): ValueAndGradients {
  checkObject(WHERE, 'objective', objective, ['loss']);
  checkKind(WHERE, 'objective.loss', objective.loss, 'function');
  const variables = trainableVariables(checkClassifier(WHERE, classifier));
  checkObject(WHERE, 'examples', examples, ['labels', 'views']);
  checkTensor(WHERE, 'examples.labels', examples.labels, { dtype: 'int32', shape: ['batch'] });
  checkObject(WHERE, 'examples.views', examples.views, ['natural', 'adversarial']);
  return untouchedIfItThrows(classifier, () => gradientsOf(objective, classifier, examples, variables));
}

function gradientsOf(
  objective: Pick<Objective, 'loss'>,
  classifier: Classifier,
  examples: Examples,
  variables: tf.Variable[],
): ValueAndGradients {
  const kept: Record<string, tf.Scalar> = {};
  try {
    const { value: total, grads } = tf.variableGrads(() => {
      const terms = withPenalty(classifier, objective.loss(classifier, examples));
      // the tidy inside tf.variableGrads would dispose every term except the total
      for (const [name, term] of Object.entries(terms)) if (name !== 'total') kept[name] = tf.keep(tf.clone(term));
      return terms.total;
    }, variables);
    // results are not kept with `tf.keep`, so that a tidy of the caller owns them
    const others = Object.entries(kept).map(([name, term]) => [name, tf.clone(term)]);
    return { terms: { ...Object.fromEntries(others), total }, gradients: byStableName(classifier, grads) };
  } finally {
    tf.dispose(kept);
  }
}

function trainableVariables({ parameters }: Classifier): tf.Variable[] {
  if (parameters.length > 0) return parameters.map(({ variable }) => variable);
  throw new InvalidArgumentError(
    `${WHERE}: the classifier must have parameters to train, got none. A function classifier names them in asClassifier(f, { parameters }); on a model, layers must be trainable.`,
    { argument: 'classifier', received: parameters },
  );
}

function byStableName({ parameters }: Classifier, grads: tf.NamedTensorMap): Map<string, tf.Tensor> {
  const gradients = new Map<string, tf.Tensor>();
  for (const { name, variable } of parameters) {
    const gradient = grads[variable.name];
    if (gradient) gradients.set(name, gradient);
  }
  return gradients;
}
