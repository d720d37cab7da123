import { checkChoice, type Where } from '@st/core/kit';
import type * as tf from '@tensorflow/tfjs-core';

import { jensenShannon } from './jensen-shannon.ts';
import { squaredL2 } from './squared-l2.ts';
import { symmetricKl, symmetricKlFullGradient } from './symmetric-kl.ts';

/**
 * The divergence between two predictions:
 * - `'symmetric-kl'`: symmetric KL, no gradient through the targets, as published (`symmetricKl`);
 * - `'symmetric-kl-plain'`: the same value with its full gradient (`symmetricKlFullGradient`);
 * - `'js'`: Jensen-Shannon (`jensenShannon`);
 * - `'l2'`: squared l2 between probabilities (`squaredL2`).
 */
export type Divergence = 'symmetric-kl' | 'symmetric-kl-plain' | 'js' | 'l2';

/** Batch mean of a divergence between two tensors of logits `[batch, classes]`: a scalar that the caller disposes. */
export type DivergenceFunction = (upper: tf.Tensor2D, lower: tf.Tensor2D) => tf.Scalar;

const FUNCTIONS: Readonly<Record<Divergence, DivergenceFunction>> = {
  'symmetric-kl': symmetricKl,
  'symmetric-kl-plain': symmetricKlFullGradient,
  js: jensenShannon,
  l2: squaredL2,
};

/** All values of `Divergence`. */
export const DIVERGENCES: readonly Divergence[] = ['symmetric-kl', 'symmetric-kl-plain', 'js', 'l2'];

/**
 * Returns the divergence function of that name.
 * @param where - Prefix of error messages.
 * @throws {InvalidArgumentError} for an unknown name; there is no fallback.
 */
export function divergenceNamed(name: Divergence, where: Where = '[@st/losses] divergenceNamed'): DivergenceFunction {
  return FUNCTIONS[checkChoice(where, 'divergence', name, DIVERGENCES)];
}
