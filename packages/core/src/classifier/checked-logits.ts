import * as tf from '@tensorflow/tfjs-core';

import { checkChoice, type Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { ShapeError } from '../errors/errors.ts';
import { isObject, isPromise } from '../errors/kind-of-value.ts';
import { readsAreFree } from '../reads-are-free.ts';
import { BATCH_NORM_MODES } from './batch-norm-mode.ts';
import { checkImages, formOfImages } from './check-images.ts';
import { checkLogitValues } from './check-logit-values.ts';
import type { Classifier } from './classifier.ts';

/**
 * The classifier with a checked `logits`: it checks the mode and the shapes, and, at the first training batch on back ends where reads are free, that the
 * outputs are not probabilities. In mode `'inference'` it does not: an evaluation reports probabilities with a flag.
 * @param areLogits - The outputs are known to be logits, so their values are not checked.
 */
export function checkedLogits(where: Where, classifier: Classifier, areLogits: boolean): Classifier {
  const { classes, logits: forward } = classifier;
  const form = formOfImages(classifier.imageShape);
  let mayBeProbabilities = !areLogits;
  const logits: Classifier['logits'] = (images, mode) => {
    checkChoice(`${where}: logits`, 'mode', mode, BATCH_NORM_MODES);
    checkImages(`${where}: logits`, images, form);
    // tidy disposes the outputs of the inner layers
    const output = tf.tidy(() => {
      const found: unknown = forward(images, mode);
      checkOutput(where, found, images, classes);
      return found;
    });
    if (mayBeProbabilities && mode !== 'inference' && readsAreFree()) {
      try {
        mayBeProbabilities = checkLogitValues(where, { classes }, output.dataSync()) === 'undecided';
      } catch (error) {
        output.dispose();
        throw error;
      }
    }
    return output;
  };
  const described = Object.getOwnPropertyDescriptors(classifier);
  const checked: Classifier = Object.defineProperties({} as Classifier, described);
  return Object.assign(checked, { logits, ...(areLogits && { output: 'logits' as const }) });
}

function checkOutput(
  where: Where,
  output: unknown,
  images: tf.Tensor4D,
  classes: number,
): asserts output is tf.Tensor2D {
  const isRows = output instanceof tf.Tensor && output.rank === 2 && output.shape[0] === images.shape[0];
  if (isRows && output.shape[1] === classes && output.dtype === 'float32') return;
  throw new ShapeError(
    `${where}: the model must return logits [${images.shape[0]}, ${classes}], got ${describeValue(output)}. ${hintOf(output)}`,
    { argument: 'model', received: output instanceof tf.Tensor ? output.shape : output },
  );
}

function hintOf(output: unknown): string {
  if (isPromise(output)) return 'The function must be synchronous: load and await outside of it.';
  if (output instanceof tf.Tensor && output.dtype !== 'float32')
    return "Logits are float32: tf.cast(logits, 'float32').";
  if (output instanceof tf.Tensor) return 'It must end in one output per class, without softmax.';
  if (Array.isArray(output)) return 'Choose one of its outputs: asClassifier((images) => f(images)[0], { classes }).';
  if (isObject(output)) {
    const [name = 'logits'] = Object.keys(output);
    return `Choose one of its outputs: asClassifier((images) => f(images)[${describeValue(name)}], { classes }).`;
  }
  return 'Return the logits from the function.';
}
