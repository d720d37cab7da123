import * as tf from '@tensorflow/tfjs-core';
import type { SymbolicTensor } from '@tensorflow/tfjs-layers';

import { createRng } from '../rng.ts';
import type { Layer } from './model-layers.ts';

/** An activation that turns logits into probabilities, or their logarithms. */
export type ProbabilityActivation = 'softmax' | 'sigmoid' | 'logSoftmax';

/** The measured effect of a layer of unknown class on random values. */
export type Probed = {
  readonly activation: ProbabilityActivation | null;
  /** The layer applies only the activation. */
  readonly isActivationAlone: boolean;
};

/** Above float32 rounding, and far below the difference of unrelated values. */
const TOLERANCE = 1e-4;

/**
 * Runs a layer of unknown class on random values to find out whether it returns them unchanged (`'passes'`), returns their probabilities, or does something
 * else. Reads the result back, so call it only when a classifier is made. A layer that cannot be run or read counts as something else.
 */
export function probeLayer(layer: Layer, output: SymbolicTensor): Probed | 'passes' {
  const unknown: Probed = { activation: null, isActivationAlone: false };
  const inputs = layer.inboundNodes[output.nodeIndex]?.inputTensors ?? [];
  if (inputs.length !== 1 || !inputs[0]) return unknown;
  const shape = inputs[0].shape.map((length, axis) => length ?? (axis === 0 ? 2 : 1));
  let found: Probed | 'passes' = unknown;
  try {
    tf.tidy(() => {
      const x = createRng(1).normal<tf.Rank>(shape, 0, 3);
      const y = layer.call(x, { training: false });
      if (y instanceof tf.Tensor && y.dtype === 'float32') found = judge(x, y);
    });
    return found;
  } catch {
    return unknown;
  }
}

function judge(x: tf.Tensor, y: tf.Tensor): Probed | 'passes' {
  const sameSize = x.size === y.size;
  if (sameSize && isClose(x, y)) return 'passes';
  for (const [activation, apply] of ACTIVATIONS) {
    if (sameSize && isClose(apply(x), y)) return { activation, isActivationAlone: true };
  }
  const sums = tf.sum(y, -1);
  const areDistributions = (tf.min(y).dataSync()[0] ?? -1) >= 0 && isClose(sums, tf.onesLike(sums));
  return { activation: areDistributions ? 'softmax' : null, isActivationAlone: false };
}

const ACTIVATIONS: readonly (readonly [ProbabilityActivation, (x: tf.Tensor) => tf.Tensor])[] = [
  ['softmax', (x) => tf.softmax(x)],
  ['logSoftmax', (x) => tf.logSoftmax(x)],
  ['sigmoid', (x) => tf.sigmoid(x)],
];

function isClose(a: tf.Tensor, b: tf.Tensor): boolean {
  const distance = tf.max(tf.abs(tf.sub(tf.reshape(a, [-1]), tf.reshape(b, [-1]))));
  return (distance.dataSync()[0] ?? 1) <= TOLERANCE;
}
