import * as tf from '@tensorflow/tfjs-core';

import type { Golden } from './golden.ts';

/** Images of a file, `[batch, channels, height, width]`, in our layout `[batch, height, width, channels]`; the caller disposes them. */
export function imagesOf(golden: Golden, name: string): tf.Tensor4D {
  return nhwc(golden.nudge(golden.values(name)), golden.tensor(name).shape);
}

/** Number `index` of a stack `[count, batch, channels, height, width]`; the caller disposes it. */
export function imagesAt(golden: Golden, name: string, index: number): tf.Tensor4D {
  return nhwc(golden.nudge(valuesAt(golden, name, index)), golden.tensor(name).shape.slice(1));
}

/** Length of the first axis. */
export function countOf(golden: Golden, name: string): number {
  return golden.tensor(name).shape[0] ?? 0;
}

/** The values at `index` of the first axis. */
export function valuesAt(golden: Golden, name: string, index: number): Float64Array {
  const values = golden.values(name);
  const size = values.length / countOf(golden, name);
  return values.subarray(index * size, (index + 1) * size);
}

/** Labels as int32 `[batch]`; the caller disposes them. */
export function labelsOf(golden: Golden, name: string): tf.Tensor1D {
  return tf.tensor1d(Int32Array.from(golden.values(name)), 'int32');
}

/** A matrix as stored, such as logits; the caller disposes it. */
export function matrixOf(golden: Golden, name: string): tf.Tensor2D {
  const [rows = 0, columns = 0] = golden.tensor(name).shape;
  return tf.tensor2d(Float32Array.from(golden.values(name)), [rows, columns]);
}

/** The values of images (or of a gradient with respect to them) in PyTorch's order, channels before rows. */
export function inTorchOrder(images: tf.Tensor4D): Float32Array {
  return tf.tidy(() => tf.transpose(images, [0, 3, 1, 2]).dataSync().slice() as Float32Array);
}

function nhwc(values: Float64Array, shape: readonly number[]): tf.Tensor4D {
  const [batch = 0, channels = 0, height = 0, width = 0] = shape;
  return tf.tidy(() =>
    tf.transpose(tf.tensor4d(Float32Array.from(values), [batch, channels, height, width]), [0, 2, 3, 1]),
  );
}
