import * as tf from '@tensorflow/tfjs-core';
import { layers, type Shape } from '@tensorflow/tfjs-layers';

import { checkLayerOptions } from '../check-arguments.ts';

const SIZE = 3;
const STRIDE = 2;
const PADDING = 1;

/** The max pool of an ImageNet stem, PyTorch's `MaxPool2d(3, 2, 1)`: 3 x 3 at stride 2, padded with -infinity by one pixel per side. */
export class StemPool extends layers.Layer {
  static className = 'StStemPool';

  /** @throws {InvalidArgumentError} for invalid layer options. */
  constructor(options: { readonly name?: string } = {}) {
    checkLayerOptions('[@st/models] StemPool', options, 'an object, {}');
    super(options);
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = Array.isArray(inputs) ? inputs : [inputs];
    return tf.maxPool(x as tf.Tensor4D, SIZE, STRIDE, PADDING);
  }

  override computeOutputShape([batch = null, height = null, width = null, channels = null]: Shape): Shape {
    const along = (side: number | null) =>
      side === null ? null : Math.floor((side + 2 * PADDING - SIZE) / STRIDE) + 1;
    return [batch, along(height), along(width), channels];
  }
}
tf.serialization.registerClass(StemPool);
