import { asClassifier, type Batch, type Classifier, createRng, type ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

/** A linear classifier of two classes on grey images of 6 x 6 pixels, whose worst case is known exactly. */
const SHAPE = [6, 6, 1] as const;
const PIXELS = 36;

/** What stands for the pixels and logits, in between which a model can hide its gradient. */
export type Disguise = {
  readonly pixels?: (images: tf.Tensor4D) => tf.Tensor4D;
  readonly logits?: (logits: tf.Tensor2D) => tf.Tensor2D;
};

/**
 * Weights of class 0; class 1 has the opposite ones. Constant in patches that windows can follow, and none in the last row and column, in
 * which Square starts no window.
 */
const weights = Float32Array.from({ length: PIXELS }, (_, i) => {
  const [row, column] = [Math.floor(i / 6), i % 6];
  if (row === 5 || column === 5) return 0;
  return (row + column < 5 ? 1 : -1) * (0.5 + 0.02 * i);
});

/** Logits z, -z with z the sum of weights times pixels, less what gray images would give. */
export function linearClassifier({ pixels = (x) => x, logits = (z) => z }: Disguise = {}): Classifier {
  return asClassifier(
    (images) =>
      tf.tidy(() => {
        const rows: tf.Tensor2D = tf.reshape(tf.sub(pixels(images), 0.5), [-1, PIXELS]);
        const z: tf.Tensor2D = tf.matMul(rows, tf.tensor2d(weights, [PIXELS, 1]));
        return logits(tf.concat([z, tf.neg(z)], 1));
      }),
    { classes: 2, imageShape: SHAPE },
  );
}

/** By how much a perturbation of the threat model can move z, where the box does not hinder it: epsilon times the dual norm of the weights. */
function reach({ norm, epsilon }: ThreatModel): number {
  const sizes = weights.map(Math.abs);
  if (norm === 'linf') return epsilon * sizes.reduce((sum, size) => sum + size, 0);
  if (norm === 'l1') return epsilon * Math.max(...sizes);
  return epsilon * Math.sqrt(sizes.reduce((sum, size) => sum + size ** 2, 0));
}

/**
 * Examples of class 0 at given distances from the decision, each near gray: `share` times the reach of the threat model, so that those below 1
 * can be broken and those above 1 cannot.
 */
export function examplesAt(threat: ThreatModel, shares: readonly number[]): Batch {
  const square = weights.reduce((sum, weight) => sum + weight ** 2, 0);
  const noise = createRng(1);
  return tf.tidy(() => {
    const rows = shares.map((share) => {
      // a random image moved along the weights to the wanted logit
      const random = Float32Array.from({ length: PIXELS }, () => 0.1 * (noise.next() - 0.5));
      const now = random.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0);
      const factor = (share * reach(threat) - now) / square;
      return Array.from(random, (value, i) => 0.5 + value + factor * (weights[i] ?? 0));
    });
    return {
      images: tf.tensor4d(rows.flat(), [shares.length, ...SHAPE]),
      labels: tf.zeros<tf.Rank.R1>([shares.length], 'int32'),
    };
  });
}
