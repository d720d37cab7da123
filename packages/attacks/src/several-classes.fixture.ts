import { asClassifier, type Batch, type Classifier, createRng, type Norm } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

/** Linear classifiers of several classes on grey images of 4 x 4 pixels, whose nearest mistake is known exactly. */
const SHAPE = [4, 4, 1] as const;
const PIXELS = 16;

/** The weight of a pixel for a class: any, but different for all. */
const weightOf = (pixel: number, label: number): number => Math.sin(3 + 7 * pixel + 5 * label + pixel * label);

/** Logits z_c = sum_i w_ic (x_i - 1/2); `curve` bends them. */
export function severalClasses(classes: number, curve: (logits: tf.Tensor2D) => tf.Tensor2D = (z) => z): Classifier {
  return asClassifier(
    (images) =>
      tf.tidy(() => {
        const weights = Array.from({ length: PIXELS }, (_, pixel) =>
          Array.from({ length: classes }, (_, label) => weightOf(pixel, label)),
        );
        return curve(tf.matMul(tf.reshape(tf.sub(images, 0.5), [-1, PIXELS]), tf.tensor2d(weights)));
      }),
    { classes, imageShape: SHAPE },
  );
}

/** Images near grey, with the labels that the linear classifier gives them. */
export function grayExamples(classifier: Classifier, size: number, seed = 1): Batch {
  const noise = createRng(seed);
  return tf.tidy(() => {
    const images = noise.uniform<tf.Rank.R4>([size, ...SHAPE], 0.35, 0.65);
    return { images, labels: tf.cast(tf.argMax(classifier.logits(images, 'inference'), 1), 'int32') as tf.Tensor1D };
  });
}

/** How far the nearest image is that the linear classifier gets wrong, were there no box: min_r |z_r - z_y| / ||w_r - w_y||_*. */
export function nearestMistake(norm: Norm, classes: number, image: readonly number[], label: number): number {
  const distances = Array.from({ length: classes }, (_, rival) => {
    const steps = image.map((_, i) => weightOf(i, rival) - weightOf(i, label));
    const gap = steps.reduce((sum, step, i) => sum + step * ((image[i] ?? 0) - 0.5), 0);
    return rival === label ? Number.POSITIVE_INFINITY : Math.abs(gap) / dual(norm, steps);
  });
  return Math.min(...distances);
}

function dual(norm: Norm, values: readonly number[]): number {
  if (norm === 'l2') return Math.hypot(...values);
  const sizes = values.map(Math.abs);
  return norm === 'linf' ? sizes.reduce((sum, size) => sum + size, 0) : Math.max(...sizes);
}

/** ||x - y||. */
export function distanceBetween(norm: Norm, x: readonly number[], y: readonly number[]): number {
  const moves = x.map((value, i) => Math.abs(value - (y[i] ?? Number.NaN)));
  if (norm === 'linf') return Math.max(...moves);
  return norm === 'l1' ? moves.reduce((sum, move) => sum + move, 0) : Math.hypot(...moves);
}

/** The images as rows of numbers. */
export function rowsOf(images: tf.Tensor4D): number[][] {
  return tf.tidy(() => tf.reshape(images, [images.shape[0], -1]).arraySync() as number[][]);
}
