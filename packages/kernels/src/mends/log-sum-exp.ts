import { engine } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/**
 * `Max` inside `tf.logSumExp`, which subtracts the maximum before the exponentials and adds it after the logarithm. A non-finite maximum is
 * replaced by 0, because infinity minus infinity is NaN. The log-sum-exp of infinities is then infinite.
 */
export const finiteShift: Mend = ({ inputs, attrs }, { original, own, run }) => {
  if (engine().state.scopeStack.at(-2)?.name !== 'logSumExp__op') return undefined;
  const y = own(original(inputs, attrs));
  if (y.dtype !== 'float32') return y;
  const zeroOrNaN = run('Sub', { a: y, b: y });
  return run('Select', {
    condition: run('Equal', { a: zeroOrNaN, b: zeroOrNaN }),
    t: y,
    e: run('ZerosLike', { x: y }),
  });
};
