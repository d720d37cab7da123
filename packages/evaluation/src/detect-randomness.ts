import type { Classifier } from '@st/core';
import { readLogits } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

import { largestOf, relativeDifference } from './flags/compare-logits.ts';

/** Passes over the same images: one coin that is tossed once a pass, for all images, goes unseen in 1 of 16 evaluations. */
const PASSES = 5;

/** Sums in another order differ by less, as a share of the largest logit; the same pass on the same back end mostly not at all. */
const ROUNDING = 1e-5;

/**
 * Whether two passes over the same batch differ beyond rounding: dropout at test time, noise layers, random transforms.
 * @returns The largest difference of a logit from the first pass, as a share of the largest logit; 0 where it is rounding.
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
