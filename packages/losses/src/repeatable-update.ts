import type { Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { withoutGradient } from './without-gradient.ts';

/**
 * Runs a pass in mode `'batch-tracking'` and returns a function that repeats its update of the running statistics without another forward
 * pass. The same batch at the same weights has the same batch statistics b: the pass updates r0 to r1 = k r0 + (1 - k) b, so a repetition
 * updates r to r1 + k (r - r0). With random layers (dropout) before a batch normalization, b is that of the first pass's draw.
 * @returns The result of the pass, and `repeat`, which is undefined if the classifier does not report the share k that its statistics keep.
 *   The tensors that `repeat` uses belong to the caller's tidy.
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
