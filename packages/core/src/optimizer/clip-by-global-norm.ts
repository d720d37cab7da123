import * as tf from '@tensorflow/tfjs-core';
import { blockedSum } from '../blocked-sum.ts';
import { checkNumber } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';

const WHERE = '[@st/core] clipByGlobalNorm';

/** PyTorch's guard against division by zero; for any norm that is clipped it is far below rounding. */
const SMALLEST_NORM = 1e-6;

/**
 * Scales gradients down to a global norm, as PyTorch's `clip_grad_norm_` does: g * min(1, maxNorm / (||g|| + 1e-6)), where ||g|| is the l2 norm over all
 * gradients. Reads nothing back from the device.
 * @param gradients - By name; borrowed.
 * @param maxNorm - Finite and > 0.
 * @returns New tensors under the same names; the caller disposes them.
 * @see Pascanu et al. 2013, "On the difficulty of training recurrent neural networks", arXiv 1211.5063, section 3.2
 */
export function clipByGlobalNorm(gradients: ReadonlyMap<string, tf.Tensor>, maxNorm: number): Map<string, tf.Tensor> {
  checkGradients(gradients);
  checkNumber(WHERE, 'maxNorm', maxNorm, { min: 0, aboveMin: true });
  const names = [...gradients.keys()];
  const clipped = tf.tidy(() => {
    const squares = [...gradients.values()].map((gradient) => blockedSum(tf.reshape(tf.square(gradient), [1, -1])));
    const norm = squares.length === 0 ? tf.scalar(0) : tf.reshape(tf.sqrt(tf.addN(squares)), []);
    const scale = tf.minimum(1, tf.div(maxNorm, tf.add(norm, SMALLEST_NORM)));
    return [...gradients.values()].map((gradient) => tf.mul(gradient, scale));
  });
  return new Map(names.flatMap((name, i) => (clipped[i] ? [[name, clipped[i]] as const] : [])));
}

function checkGradients(gradients: unknown): void {
  if (gradients instanceof Map) return;
  throw new InvalidArgumentError(
    `${WHERE}: gradients must be a Map of tensors by name, got ${describeValue(gradients)}. valueAndGradients returns one; of an object write new Map(Object.entries(gradients)).`,
    { argument: 'gradients', received: gradients },
  );
}
