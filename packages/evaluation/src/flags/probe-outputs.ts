import type { Batch, Classifier } from '@st/core';
import { readLogits } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { largestOf, percent, relativeDifference } from './compare-logits.ts';
import { type Flag, flag } from './flag.ts';

/** Images that are classified a second time in another batch. */
const REBATCHED = 4;

/** Differences up to this share of the largest logit are rounding: the order of summation may depend on the batch size. */
const ROUNDING = 1e-3;

/** Rounding error of the sum of probabilities. */
const SUM_TOLERANCE = 1e-3;

/**
 * Probes a few images for outputs that are not finite, are probabilities, or depend on the other images of the batch.
 * @param isRandom - Whether the outputs are random; then dependence on the batch is not probed, since chance looks the same.
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
  return [
    ...probabilityFlags(logits, classifier.classes),
    ...(isRandom ? [] : await batchFlags(classifier, images, logits)),
  ];
}

function countRows(logits: Float32Array, classes: number, test: (row: Float32Array) => boolean): number {
  let count = 0;
  for (let start = 0; start < logits.length; start += classes) {
    if (test(logits.subarray(start, start + classes))) count++;
  }
  return count;
}

function probabilityFlags(logits: Float32Array, classes: number): Flag[] {
  const isProbability = (row: Float32Array): boolean => {
    const sum = row.reduce((total, value) => total + value, 0);
    return row.every((value) => value >= 0) && Math.abs(sum - 1) < SUM_TOLERANCE;
  };
  const rows = logits.length / classes;
  if (countRows(logits, classes, isProbability) < rows) return [];
  return [flag('outputs-look-like-softmax', `All ${rows} outputs probed are positive and sum to 1.`, { probed: rows })];
}

async function batchFlags(classifier: Classifier, images: tf.Tensor4D, logits: Float32Array): Promise<Flag[]> {
  const largest = largestOf(logits);
  let share = 0;
  for (let i = 0; i < Math.min(REBATCHED, images.shape[0]); i++) {
    const row = logits.subarray(i * classifier.classes, (i + 1) * classifier.classes);
    // a batch of the image and its negative: unlike the image alone, it is another batch even if only one image is evaluated
    const pair = tf.tidy(() => {
      const image = tf.slice(images, [i, 0, 0, 0], [1, -1, -1, -1]);
      return tf.concat([image, tf.sub<tf.Tensor4D>(1, image)]);
    });
    const besideNegative = await readLogits(classifier, pair);
    pair.dispose();
    share = Math.max(share, relativeDifference(row, besideNegative.subarray(0, classifier.classes), largest));
  }
  if (share <= ROUNDING) return [];
  const seen = `In another batch the logits of an image differ by ${percent(share)} of the largest logit.`;
  return [flag('outputs-depend-on-batch', seen, { largestDifference: share })];
}
