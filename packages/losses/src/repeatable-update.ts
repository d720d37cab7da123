import type { Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { withoutGradient } from './without-gradient.ts';

/**
 * Runs a pass in mode `'batch-tracking'` and gives its update of the running statistics to be made once more, without the pass: a batch
 * that is forwarded again at the same weights has the same statistics b. A pass takes r0 to r1 = k r0 + (1 - k) b, so that it takes r to
 * r1 + k (r - r0). With random layers (dropout) before a normalisation b is that of the first pass's draw.
 * @returns What the pass gives and `repeat`; undefined where the classifier does not tell the share k that its statistics keep. What
 *   `repeat` holds on to lives in the caller's tidy.
 */
export function repeatableUpdate<T>(
  { statistics }: Classifier,
  pass: () => T,
): { readonly result: T; readonly repeat: (() => void) | undefined } {
  if (statistics.length === 0 || statistics.some(({ kept }) => kept === undefined)) {
    return { result: pass(), repeat: undefined };
  }
  const values = (): tf.Tensor[] => statistics.map(({ variable }) => withoutGradient(() => tf.clone(variable)));
  const before = values();
  const result = pass();
  const after = values();
  const repeat = (): void => {
    for (const [i, { variable, kept = 0 }] of statistics.entries()) {
      const [from, to] = [before[i], after[i]] as [tf.Tensor, tf.Tensor];
      variable.assign(withoutGradient(() => tf.add(to, tf.mul(kept, tf.sub(variable, from)))));
    }
  };
  return { result, repeat };
}
