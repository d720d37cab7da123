import type { Classifier } from '@st/core';
import { checkClassifier, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkExamples } from '../../ball/check-examples.ts';
import { checkImages } from '../check-images.ts';
import { checkFabRunOptions } from './fab-options.ts';
import { type FabExamples, type FabFindings, type FabRunOptions, fabSearch } from './fab-search.ts';

/** The result of a run of FAB; the caller disposes the tensor. */
export type FabRun = Omit<FabFindings, 'points'> & {
  /** The misclassified point nearest to each natural image, at any distance; the natural image if none was found. */
  readonly adversarial: tf.Tensor4D;
};

const WHERE: Where = '[@st/attacks] fabRun';

/**
 * One run of FAB from given points, see `fabSearch`.
 * @param start - In [0, 1], shape of the images; borrowed, as the examples are. The published code's first restart starts at the images.
 * @throws {InvalidArgumentError} for an argument of another type or out of range, and if logits are NaN; {ShapeError} for tensors of other shapes.
 * @throws the signal's reason when it is aborted.
 */
export async function fabRun(
  classifier: Classifier,
  examples: FabExamples,
  start: tf.Tensor4D,
  options: FabRunOptions,
): Promise<FabRun> {
  checkClassifier(WHERE, classifier);
  checkExamples(WHERE, 'examples', examples, { start });
  const settings = checkFabRunOptions(WHERE, options);
  await checkImages(WHERE, examples.images);
  const { points, ...findings } = await fabSearch(WHERE, classifier, examples, start, settings);
  return { adversarial: withPoints(examples.images, points), ...findings };
}

/** The images, replaced by the points where there is one; the caller disposes them. */
export function withPoints(images: tf.Tensor4D, points: readonly (Float32Array | undefined)[]): tf.Tensor4D {
  return tf.tidy(() => {
    const rows = tf.unstack(images) as tf.Tensor3D[];
    const changed = rows.map((image, i) => {
      const point = points[i];
      return point ? tf.tensor3d(point, image.shape) : image;
    });
    return tf.stack(changed) as tf.Tensor4D;
  });
}
