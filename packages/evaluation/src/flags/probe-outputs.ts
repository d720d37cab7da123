import type { Batch, Classifier } from '@st/core';
import { readLogits } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { largestOf, percent, relativeDifference } from './compare-logits.ts';
import { type Flag, flag } from './flag.ts';

/** Images judged a second time alone. */
const ALONE = 4;

/** Differences up to this share of the largest logit are rounding: the order of sums may follow the size of the batch. */
const ROUNDING = 1e-3;

/** Probabilities sum to 1 up to rounding. */
const SUM_TOLERANCE = 1e-3;

/**
 * Looks at a few images for outputs that are not finite, are probabilities, or depend on the rest of the batch.
 * @param isRandom - Whether the outputs are random: then the batch cannot be told from chance.
 */
export async function probeOutputs(classifier: Classifier, { images }: Batch, isRandom: boolean): Promise<Flag[]> {
  const logits = await readLogits(classifier, images);
  const notFinite = countRows(logits, classifier.classes, (row) => !row.every(Number.isFinite));
  if (notFinite > 0) {
    const rows = images.shape[0];
    return [
      flag('outputs-not-finite', `${notFinite} of ${rows} images probed.`, { examples: notFinite, probed: rows }),
    ];
  }
  return [...probabilities(logits, classifier.classes), ...(isRandom ? [] : await company(classifier, images, logits))];
}

function countRows(logits: Float32Array, classes: number, test: (row: Float32Array) => boolean): number {
  let count = 0;
  for (let start = 0; start < logits.length; start += classes) {
    if (test(logits.subarray(start, start + classes))) count++;
  }
  return count;
}

function probabilities(logits: Float32Array, classes: number): Flag[] {
  const isProbability = (row: Float32Array): boolean => {
    const sum = row.reduce((total, value) => total + value, 0);
    return row.every((value) => value >= 0) && Math.abs(sum - 1) < SUM_TOLERANCE;
  };
  const rows = logits.length / classes;
  if (countRows(logits, classes, isProbability) < rows) return [];
  return [flag('outputs-look-like-softmax', `All ${rows} outputs probed are positive and sum to 1.`, { probed: rows })];
}

async function company(classifier: Classifier, images: tf.Tensor4D, logits: Float32Array): Promise<Flag[]> {
  const largest = largestOf(logits);
  let share = 0;
  for (let i = 0; i < Math.min(ALONE, images.shape[0]); i++) {
    const row = logits.subarray(i * classifier.classes, (i + 1) * classifier.classes);
    // with company that is as different as can be: an image that is evaluated alone has none of its own
    const pair = tf.tidy(() => {
      const image = tf.slice(images, [i, 0, 0, 0], [1, -1, -1, -1]);
      return tf.concat([image, tf.sub<tf.Tensor4D>(1, image)]);
    });
    const besideNegative = await readLogits(classifier, pair);
    pair.dispose();
    share = Math.max(share, relativeDifference(row, besideNegative.subarray(0, classifier.classes), largest));
  }
  if (share <= ROUNDING) return [];
  const seen = `In other company the logits of an image differ by ${percent(share)} of the largest logit.`;
  return [flag('outputs-depend-on-batch', seen, { largestDifference: share })];
}
