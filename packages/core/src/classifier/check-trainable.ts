import * as tf from '@tensorflow/tfjs-core';

import type { Where } from '../errors/check-options.ts';
import { BackendError, MissingGradientError } from '../errors/errors.ts';
import { checkClassifier } from './check-classifier.ts';
import { checkImages, formOfImages } from './check-images.ts';
import type { Classifier } from './classifier.ts';

/**
 * Checks that the active back end has every kernel that training this classifier needs, by one forward and backward pass over a small batch, with gradients
 * with respect to the parameters and to the images (which attacks need). Weights and running statistics are unchanged.
 * @param images - Two images suffice; borrowed.
 * @throws {BackendError} that names the kernel that the back end lacks.
 * @throws {MissingGradientError} that names the operation that is not differentiable.
 */
export function checkTrainable(where: Where, classifier: Classifier, images: tf.Tensor4D): void {
  checkClassifier(where, classifier);
  checkImages(where, images, formOfImages(classifier.imageShape));
  const loss = (views: tf.Tensor): tf.Scalar =>
    tf.sum(tf.square(classifier.logits(views as tf.Tensor4D, 'batch-frozen')));
  try {
    tf.tidy(() => {
      tf.grad(loss)(images);
      tf.variableGrads(
        () => loss(images),
        classifier.parameters.map(({ variable }) => variable),
      );
    });
  } catch (error) {
    throw asUntrainable(where, error) ?? error;
  }
}

/** Converts the errors of tfjs, which reports a missing kernel only in its message. */
function asUntrainable(where: Where, error: unknown): BackendError | MissingGradientError | null {
  const message = error instanceof Error ? error.message : '';
  const kernel = /Kernel '(\w+)' not registered/.exec(message)?.[1];
  if (kernel !== undefined) {
    return new BackendError(
      `${where}: the back end '${tf.getBackend()}' cannot train this model: it has no kernel ${kernel}. Call useBackend('auto') of @st/backend first, which adds what a back end lacks, or choose another: await tf.setBackend('cpu').`,
      { argument: 'model', received: kernel, cause: error },
    );
  }
  if (!(error instanceof MissingGradientError) || error.kernelName === undefined) return null;
  const { kernelName } = error;
  return new MissingGradientError(
    `${where}: this model cannot be trained: its operation ${kernelName} is not differentiable. Use another layer, or register a gradient with tf.registerGradient.`,
    { argument: 'model', received: kernelName, cause: error, kernelName },
  );
}
