import { engine } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/**
 * `Max` inside `tf.logSumExp`, which subtracts it before the exponentials and adds it to the logarithm: 0 for what is not finite, since an infinity
 * less itself is NaN. With it the log-sum-exp of infinities is infinite.
 */
export const finiteShift: Mend = ({ inputs, attrs }, { original, own, run }) => {
  if (engine().state.scopeStack.at(-2)?.name !== 'logSumExp__op') return undefined;
  const y = own(original(inputs, attrs));
  if (y.dtype !== 'float32') return y;
  const none = run('Sub', { a: y, b: y }); // 0, or NaN
  return run('Select', { condition: run('Equal', { a: none, b: none }), t: y, e: run('ZerosLike', { x: y }) });
};
