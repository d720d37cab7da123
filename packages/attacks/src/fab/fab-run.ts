import type { Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { type FabExamples, type FabFindings, type FabRunOptions, fabSearch } from './fab-search.ts';

/** What a run of FAB found; the caller disposes the tensor. */
export type FabRun = Omit<FabFindings, 'points'> & {
  /** The misclassified point nearest to each natural image, however far it is; the natural image where none was met. */
  readonly adversarial: tf.Tensor4D;
};

/**
 * One run of FAB from given points, see `fabSearch`.
 * @param start - In [0, 1], shape of the images; borrowed, as the examples are. The published code's first restart starts at the images.
 * @throws as `fabSearch`.
 */
export async function fabRun(
  classifier: Classifier,
  examples: FabExamples,
  start: tf.Tensor4D,
  options: FabRunOptions,
): Promise<FabRun> {
  const { points, ...findings } = await fabSearch(classifier, examples, start, options);
  return { adversarial: withPoints(examples.images, points), ...findings };
}

/** The images, with those replaced for which there is a point; the caller disposes them. */
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
