import type { Rng } from '@st/core';
import { checkKnownOptions, checkNumber, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { symmetricBetaSample } from './beta-sample.ts';
import type { Mixing } from './mixing.ts';

const WHERE: Where = '[@st/data] cutMix';

export type CutMixOptions = {
  /** Of the Beta(alpha, alpha) that lambda is drawn from, > 0; 1 in the paper. */
  readonly alpha: number;
  /** Probability that a batch is mixed, in [0, 1]; 0.5 for CIFAR in the paper. */
  readonly probability: number;
};

/**
 * CutMix: a box of each image is replaced by that of another. The box has sides sqrt(1 - lambda) times the image's, lambda ~ Beta(alpha,
 * alpha), and a uniform center; the part outside the image is cut off, and the labels are mixed by the remaining area. One box a batch.
 * @throws {InvalidArgumentError} for an alpha that is not above 0, or a probability outside [0, 1].
 * @see Yun et al. 2019, arXiv 1905.04899, section 3.1; one box a batch, and sides rounded down, as in its published code
 */
export function cutMix(options: CutMixOptions): Mixing {
  checkKnownOptions(WHERE, options, ['alpha', 'probability']);
  const alpha = checkNumber(WHERE, 'alpha', options.alpha, { min: 0, aboveMin: true });
  const probability = checkNumber(WHERE, 'probability', options.probability, { min: 0, max: 1 });
  return {
    name: `cutmix, alpha ${alpha}, probability ${probability}`,
    draw: ([height, width], rng) => {
      if (rng.next() >= probability) return null;
      const side = Math.sqrt(1 - symmetricBetaSample(alpha, rng));
      const [top, bottom] = cutRange(height, side, rng);
      const [left, right] = cutRange(width, side, rng);
      const mask = new Float32Array(height * width).fill(1);
      for (let row = top; row < bottom; row++) mask.fill(0, row * width + left, row * width + right);
      const replaced = ((bottom - top) * (right - left)) / (height * width);
      return { own: tf.tensor(mask, [1, height, width, 1]), share: 1 - replaced };
    },
  };
}

/** The part of [0, length) that a range of `share` times its length around a uniform center covers. */
function cutRange(length: number, share: number, rng: Rng): readonly [number, number] {
  const half = Math.floor(Math.floor(length * share) / 2);
  const center = rng.integer(length);
  return [Math.max(0, center - half), Math.min(length, center + half)];
}
