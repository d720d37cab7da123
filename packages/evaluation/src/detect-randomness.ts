import type { Classifier } from '@st/core';
import { readLogits } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

import { largestOf, relativeDifference } from './flags/compare-logits.ts';

/** Passes over the same images. One fair coin toss per pass, shared by all images, goes unnoticed in 1 of 16 evaluations. */
const PASSES = 5;

/**
 * Largest difference that counts as rounding, as a share of the largest logit. Another order of summation causes less; repeated passes on
 * one back end mostly give identical bits.
 */
const ROUNDING = 1e-5;

/**
 * Detects random outputs (dropout at test time, noise layers, random transforms): repeated passes over one batch differ beyond rounding.
 * @returns The largest difference of a logit from the first pass, as a share of the largest logit; 0 if it is within rounding.
 */
export async function detectRandomness(classifier: Classifier, images: tf.Tensor4D): Promise<number> {
  const first = await readLogits(classifier, images);
  const largest = largestOf(first);
  let share = 0;
  for (let pass = 1; pass < PASSES && share <= ROUNDING; pass++) {
    share = relativeDifference(first, await readLogits(classifier, images), largest);
  }
  return share > ROUNDING ? share : 0;
}
