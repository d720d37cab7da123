import * as tf from '@tensorflow/tfjs-core';

/** `[batch, height, width, channels]` as `[batch, height * width * channels]`, for norms over whole images. */
export function flatRows(images: tf.Tensor4D): tf.Tensor2D {
  return tf.reshape(images, [images.shape[0], -1]);
}
