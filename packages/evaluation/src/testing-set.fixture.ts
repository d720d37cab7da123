import { asClassifier, type Classifier, type Dataset } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Images of 2 x 2 pixels. The first channel is 0.5 + offset; the class is 1 if the offset is positive. The second channel is the class: no
 * model of the tests reads it, but it keeps images of different classes far apart.
 */
export function testingSet(
  offsets: readonly number[],
  labels: readonly number[] = offsets.map((offset) => (offset > 0 ? 1 : 0)),
): Dataset {
  return {
    name: 'offsets',
    size: offsets.length,
    classes: 2,
    classNames: ['dark', 'bright'],
    imageShape: [2, 2, 2],
    batch: (indices) => {
      const chosen = Array.from(indices);
      const pixels = chosen.flatMap((i) =>
        Array.from({ length: 4 }, () => [0.5 + (offsets[i] ?? 0), (offsets[i] ?? 0) > 0 ? 1 : 0]).flat(),
      );
      return {
        images: tf.tensor4d(pixels, [chosen.length, 2, 2, 2]),
        labels: tf.tensor1d(
          chosen.map((i) => labels[i] ?? 0),
          'int32',
        ),
      };
    },
  };
}

/** The mean of the first channel minus 0.5, `[batch]`: the score of the models of the tests. */
export function brightness(images: tf.Tensor4D): tf.Tensor1D {
  return tf.sub(tf.mean<tf.Tensor1D>(tf.slice(images, [0, 0, 0, 0], [-1, -1, -1, 1]), [1, 2, 3]), 0.5);
}

/** Logits [-s, s] of a score s, `[batch]`. */
export function twoLogits(score: tf.Tensor1D): tf.Tensor2D {
  return tf.stack([tf.neg(score), score], 1) as tf.Tensor2D;
}

/** Correct on every image of `testingSet`; an l-infinity ball of radius epsilon breaks exactly the offsets up to epsilon. */
export const brightnessClassifier: Classifier = asClassifier((images) => twoLogits(tf.mul(5, brightness(images))), {
  classes: 2,
});
