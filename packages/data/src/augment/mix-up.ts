import { checkKnownOptions, checkNumber, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { symmetricBetaSample } from './beta-sample.ts';
import type { Mixing } from './mixing.ts';

const WHERE: Where = '[@st/data] mixUp';

export type MixUpOptions = {
  /** Of the Beta(alpha, alpha) that lambda is drawn from, > 0; 1 for CIFAR-10 in the paper. */
  readonly alpha: number;
};

/**
 * MixUp: x = lambda x_i + (1 - lambda) x_j, and the labels alike; one lambda ~ Beta(alpha, alpha) a batch.
 * @throws {InvalidArgumentError} for an alpha that is not above 0.
 * @see Zhang et al. 2018, arXiv 1710.09412, section 2; one lambda a batch as in its published code
 */
export function mixUp(options: MixUpOptions): Mixing {
  checkKnownOptions(WHERE, options, ['alpha']);
  const alpha = checkNumber(WHERE, 'alpha', options.alpha, { min: 0, aboveMin: true });
  return {
    name: `mixup, alpha ${alpha}`,
    draw: (_imageShape, rng) => {
      const share = symmetricBetaSample(alpha, rng);
      return { own: tf.scalar(share), share };
    },
  };
}
