import * as tf from '@tensorflow/tfjs-core';

/**
 * The mean over all axes but the last.
 *
 * An average pool over each image, then over the images: the `Mean` kernel transposes its input first when the last axis stays, which
 * costs ten times as much on `wasm` and `cpu`, and summing in two levels loses less to rounding than one long sum.
 * @param x - `[batch, height, width, channels]` or `[batch, channels]`.
 * @returns `[channels]`; the caller disposes it.
 */
export function columnMean(x: tf.Tensor): tf.Tensor1D {
  return tf.tidy(() => {
    const channels = x.shape[x.rank - 1] ?? 0;
    const [images, height, width] = x.rank === 4 ? x.shape : [1, x.shape[0], 1];
    const each = averageOver(x, images ?? 1, height ?? 1, width ?? 1, channels);
    return tf.reshape(averageOver(each, 1, images ?? 1, 1, channels), [channels]);
  });
}

function averageOver(x: tf.Tensor, images: number, height: number, width: number, channels: number): tf.Tensor4D {
  const maps = tf.reshape(x, [images, height, width, channels]) as tf.Tensor4D;
  if (height * width === 1) return maps; // a window of one pixel is refused by XNNPACK, on which wasm stands
  return tf.avgPool(maps, [height, width], 1, 'valid');
}
