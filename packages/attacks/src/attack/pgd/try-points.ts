import type { Classifier } from '@st/core';
import type { Where } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

import type { AttackResult } from '../attack.ts';
import { naturalLogits } from '../natural-logits.ts';

/**
 * One forward pass at points: `found` is 1 where the prediction is not the label; of equal logits the lower class counts.
 * @param points - Returned as `adversarial`; disposed if this throws.
 */
export async function tryPoints(
  where: Where,
  classifier: Classifier,
  points: tf.Tensor4D,
  labels: tf.Tensor1D,
): Promise<Pick<AttackResult, 'adversarial' | 'found'>> {
  try {
    const { right } = await naturalLogits(where, classifier, { images: points, labels }, 'points of the attack');
    const found = new Uint8Array(points.shape[0]).fill(1);
    for (const row of right) found[row] = 0;
    return { adversarial: points, found };
  } catch (error) {
    points.dispose();
    throw error;
  }
}
