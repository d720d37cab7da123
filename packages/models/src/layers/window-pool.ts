import { checkNumber } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { layers, type Shape } from '@tensorflow/tfjs-layers';

import { checkLayerOptions } from '../check-arguments.ts';

export type WindowPoolOptions = {
  readonly name?: string;
  /** Side of the square window; also the stride. */
  readonly size: number;
};

/**
 * The mean over windows, `[batch, height, width, channels]` to `[batch, channels x rows x columns]`, as PyTorch's
 * `avg_pool2d(x, size).flatten(1)`: pixels beyond the last complete window are dropped, and the windows of one channel are contiguous.
 */
export class WindowPool extends layers.Layer {
  static className = 'StWindowPool';

  private readonly size: number;

  /** @throws {InvalidArgumentError} for a size that is not a positive integer. */
  constructor(options: WindowPoolOptions) {
    checkLayerOptions('[@st/models] WindowPool', options, 'an object, { size: 4 }');
    const { name, size } = options;
    super(name === undefined ? {} : { name });
    this.size = checkNumber('[@st/models] WindowPool', 'size', size, { min: 1, integer: true });
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [x] = Array.isArray(inputs) ? inputs : [inputs];
      const means = tf.avgPool(x as tf.Tensor4D, this.size, this.size, 'valid');
      const [batch, height, width, channels] = means.shape;
      return tf.reshape(tf.transpose(means, [0, 3, 1, 2]), [batch, channels * height * width]);
    });
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [batch = null, height = null, width = null, channels = null] = inputShape;
    const windows = (side: number | null): number | null => (side === null ? null : Math.floor(side / this.size));
    const sizes = [channels, windows(height), windows(width)];
    return [
      batch,
      sizes.reduce((product, length) => (product === null || length === null ? null : product * length), 1),
    ];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), size: this.size };
  }
}
tf.serialization.registerClass(WindowPool);
