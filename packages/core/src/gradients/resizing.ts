import type { GradConfig, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { gradient, run } from './gradient.ts';

type Resize = {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: readonly [number, number];
};

/** For these factors the scale is exact in float32, so every back end makes exactly `factor` copies of each pixel. */
const isPowerOfTwo = (factor: number): boolean => Number.isInteger(Math.log2(factor));

/**
 * The weight of each input pixel in each output pixel along one axis, [length, resized]. Measured by resizing the identity matrix, one channel per
 * input pixel, so the gradient is the exact transpose of what the back end computes, rounding included.
 */
function weightsOf(kernelName: string, length: number, resized: number, attrs: Resize): Tensor2D {
  const pixels = tf.reshape(tf.eye(length), [1, length, 1, length]);
  const image = run(kernelName, { images: pixels }, { ...attrs, size: [resized, 1] });
  return tf.transpose(tf.reshape(image, [resized, length]));
}

/** Multiplies the last axis of dy by the transposed weights. */
function backAlong(dy: Tensor, weights: Tensor2D): Tensor {
  const [length, resized] = weights.shape;
  const rows = tf.reshape(dy, [-1, resized]) as Tensor2D;
  return tf.reshape(tf.matMul(rows, weights, false, true), [...dy.shape.slice(0, -1), length]);
}

/** Resizing is linear and separable in rows and columns: its gradient multiplies dy by the transposed weights of both. */
function resizeGradient(kernelName: string, dy: Tensor, images: Tensor, attrs: Resize): Tensor {
  const [, height = 0, width = 0] = images.shape;
  const [resizedHeight, resizedWidth] = attrs.size;
  const columns = backAlong(tf.transpose(dy, [0, 3, 1, 2]), weightsOf(kernelName, width, resizedWidth, attrs));
  const rows = backAlong(tf.transpose(columns, [0, 1, 3, 2]), weightsOf(kernelName, height, resizedHeight, attrs));
  return tf.transpose(rows, [0, 3, 2, 1]);
}

/** Sums dy over the block of copies of each pixel. */
function blockSums(dy: Tensor, images: Tensor, [rows, columns]: readonly [number, number]): Tensor {
  const [batch = 0, height = 0, width = 0, channels = 0] = images.shape;
  const byRow = tf.sum(tf.reshape(dy, [batch * height, rows, width * columns * channels]), 1);
  return tf.reshape(tf.sum(tf.reshape(byRow, [batch * height * width, columns, channels]), 1), images.shape);
}

function nearestGradient(dy: Tensor, images: Tensor, attrs: Resize): Tensor {
  const [, height = 1, width = 1] = images.shape;
  const factors = [attrs.size[0] / height, attrs.size[1] / width] as const;
  if (!attrs.alignCorners && factors.every(isPowerOfTwo) && factors.every((factor) => factor >= 1))
    return blockSums(dy, images, factors);
  return resizeGradient('ResizeNearestNeighbor', dy, images, attrs);
}

/** Resizing of images. */
export const resizingGradients: readonly GradConfig[] = [
  gradient<Resize>('ResizeBilinear', { inputs: ['images'] }, (dy, [images], attrs) => ({
    images: () => resizeGradient('ResizeBilinear', dy, images as Tensor, attrs),
  })),
  gradient<Resize>('ResizeNearestNeighbor', { inputs: ['images'] }, (dy, [images], attrs) => ({
    images: () => nearestGradient(dy, images as Tensor, attrs),
  })),
];
