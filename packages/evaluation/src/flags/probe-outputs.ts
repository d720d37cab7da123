import type { Batch, Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { readLogits } from '../predict.ts';
import { type Flag, flag } from './flag.ts';

/** Images judged a second time alone. */
const ALONE = 4;

/** Differences up to this share of the largest logit are rounding: the order of sums may follow the size of the batch. */
const ROUNDING = 1e-3;

/** Probabilities sum to 1 up to rounding. */
const SUM_TOLERANCE = 1e-3;

/** Looks at a few images for outputs that are not finite, are probabilities, are random, or depend on the rest of the batch. */
export async function probeOutputs(classifier: Classifier, { images }: Batch): Promise<Flag[]> {
  const logits = await readLogits(classifier, images);
  const notFinite = countRows(logits, classifier.classes, (row) => !row.every(Number.isFinite));
  if (notFinite > 0) {
    const rows = images.shape[0];
    return [
      flag('outputs-not-finite', `${notFinite} of ${rows} images probed.`, { examples: notFinite, probed: rows }),
    ];
  }
  return [
    ...probabilities(logits, classifier.classes),
    ...((await randomness(classifier, images, logits)) ?? (await company(classifier, images, logits))),
  ];
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

/** Null if two passes agree: only then can the batch be told from chance. */
async function randomness(classifier: Classifier, images: tf.Tensor4D, logits: Float32Array): Promise<Flag[] | null> {
  const share = largestDifference(logits, await readLogits(classifier, images)) / largestOf(logits);
  if (share <= ROUNDING) return null;
  const seen = `Two passes over the same ${images.shape[0]} images differ by ${percent(share)} of the largest logit.`;
  return [flag('outputs-randomised', seen, { largestDifference: share })];
}

async function company(classifier: Classifier, images: tf.Tensor4D, logits: Float32Array): Promise<Flag[]> {
  let difference = 0;
  for (let i = 0; i < Math.min(ALONE, images.shape[0]); i++) {
    const row = logits.subarray(i * classifier.classes, (i + 1) * classifier.classes);
    // with company that is as different as can be: an image that is evaluated alone has none of its own
    const pair = tf.tidy(() => {
      const image = tf.slice(images, [i, 0, 0, 0], [1, -1, -1, -1]);
      return tf.concat([image, tf.sub<tf.Tensor4D>(1, image)]);
    });
    const besideNegative = await readLogits(classifier, pair);
    pair.dispose();
    difference = Math.max(difference, largestDifference(row, besideNegative.subarray(0, classifier.classes)));
  }
  const share = difference / largestOf(logits);
  if (share <= ROUNDING) return [];
  const seen = `In other company the logits of an image differ by ${percent(share)} of the largest logit.`;
  return [flag('outputs-depend-on-batch', seen, { largestDifference: share })];
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (b[i] ?? Number.NaN))), 0);
}

/** Above 0, so that it can be divided by: logits that are all 0 differ by all of 1. */
function largestOf(logits: Float32Array): number {
  return logits.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0) || 1;
}

function percent(share: number): string {
  return `${(100 * share).toPrecision(2)} %`;
}
