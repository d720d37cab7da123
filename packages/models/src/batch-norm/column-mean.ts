import * as tf from '@tensorflow/tfjs-core';

/**
 * The mean over all axes but the last.
 *
 * Computed as an average pool over each image, then over the images. The `Mean` kernel would transpose its input first, because the last axis
 * is kept, which takes ten times as long on `wasm` and `cpu`. Summing in two levels also has a smaller rounding error than one long sum.
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
  if (height * width === 1) return maps; // XNNPACK, which the wasm back end uses, rejects a window of one pixel
  return tf.avgPool(maps, [height, width], 1, 'valid');
}
