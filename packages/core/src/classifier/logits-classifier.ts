import type { LayersModel } from '@tensorflow/tfjs-layers';

import { checkKnownOptions } from '../errors/check-options.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { asClassifier, checkRegularizers, type ModelOptions } from './as-classifier.ts';
import { describeModel } from './check-classifier.ts';
import { checkedLogits } from './checked-logits.ts';
import type { Classifier } from './classifier.ts';
import { isGraphModel, isLayersModel } from './kind-of-model.ts';
import { modelClassifier } from './model-classifier.ts';
import { checkImageShape } from './model-shapes.ts';
import { outputLogits } from './output-logits.ts';
import { refuseStateful } from './refuse-stateful.ts';

const WHERE = '[@st/core] logitsClassifier';

/**
 * The classifier of the logits of a model that ends in probabilities, as most Keras models do: the input of its softmax, wherever that is among the last
 * layers. A single output sigmoid(z), or its logit z, gives two logits [0, z] for classes 0 and 1. softmax(logits) equals the model's output; for a mean of
 * softmaxes, as of an ensemble, the logits are the logarithm of the mean.
 *
 * The classifier runs the model itself, without its last activation and without dropout after it during a pass. So it shares the weights and trains the
 * model in place, and the model saves the trained weights. For a model that ends in logits it returns `asClassifier(model)`.
 * @throws {InvalidArgumentError} for probabilities whose logits cannot be recovered, with the reason; {ShapeError} as `asClassifier` does.
 * @example
 * const classifier = logitsClassifier(await tf.loadLayersModel(url));
 * await fit(classifier, train, options);
 * await model.save(url); // with its softmax, and the trained weights
 */
export function logitsClassifier(model: LayersModel, options: ModelOptions = {}): Classifier {
  if (!isLayersModel(model)) refuse(model);
  checkKnownOptions(WHERE, options, ['regularizers']);
  const imageShape = checkImageShape(WHERE, model);
  refuseStateful(WHERE, model);
  const logits = model.outputs.length === 1 ? outputLogits(model) : null;
  if (!logits) return asClassifier(model, options);
  const { classes } = logits;
  const regularizers = checkRegularizers(WHERE, options);
  return checkedLogits(WHERE, modelClassifier(model, { classes, imageShape, logits, regularizers }), true);
}

function refuse(value: unknown): never {
  const hint = isGraphModel(value)
    ? "A graph cannot be changed; use the input of its softmax: asClassifier((images) => graph.execute(images, 'THE_NODE_BEFORE_SOFTMAX'), { classes: 10 })."
    : typeof value === 'function'
      ? 'Return the logits from the function itself: asClassifier(f, { classes: 10 }).'
      : 'Load and await the model first: logitsClassifier(await tf.loadLayersModel(url)).';
  throw new InvalidArgumentError(`${WHERE}: model must be a tf.LayersModel, got ${describeModel(value)}. ${hint}`, {
    argument: 'model',
    received: value,
  });
}
