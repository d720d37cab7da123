import type { Classifier } from '@st/core';
import type * as tf from '@tensorflow/tfjs-core';

/** The class of an image whose logits are not all numbers: none, so that it is never right. */
const NO_CLASS = -1;

/** The predicted class of each image, in mode `'inference'`; ties go to the lower class, and NaN among the logits to `NO_CLASS`. */
export async function predict(classifier: Classifier, images: tf.Tensor4D): Promise<Int32Array> {
  return predictionsOf(await readLogits(classifier, images), classifier.classes);
}

/** The logits of each image in mode `'inference'`, read back row by row. */
export async function readLogits(classifier: Classifier, images: tf.Tensor4D): Promise<Float32Array> {
  const logits = classifier.logits(images, 'inference');
  try {
    return await logits.data<'float32'>();
  } finally {
    logits.dispose();
  }
}

/** The class of each row of logits. */
function predictionsOf(logits: Float32Array, classes: number): Int32Array {
  return Int32Array.from({ length: logits.length / classes }, (_, row) =>
    largestOf(logits.subarray(row * classes, (row + 1) * classes)),
  );
}

function largestOf(row: Float32Array): number {
  let largest = Number.NEGATIVE_INFINITY;
  let index = 0;
  for (const [i, value] of row.entries()) {
    if (Number.isNaN(value)) return NO_CLASS;
    if (value > largest) {
      largest = value;
      index = i;
    }
  }
  return index;
}
