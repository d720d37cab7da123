import { InvalidArgumentError } from '@st/core';
import { checkNumber, describeValue } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { layers, type Shape } from '@tensorflow/tfjs-layers';

import { checkLayerOptions } from '../check-arguments.ts';

export type NormalizeOptions = {
  readonly name?: string;
  /** One value per channel, in units of the input ([0, 1]). */
  readonly mean: readonly number[];
  /** One value per channel, > 0. */
  readonly std: readonly number[];
};

/** (x - mean) / std for each channel, with constants: the first layer of a model that was trained on normalized images. */
export class Normalize extends layers.Layer {
  static className = 'StNormalize';

  private readonly mean: readonly number[];
  private readonly std: readonly number[];

  /** @throws {InvalidArgumentError} if mean and std differ in length, or a std is not positive. */
  constructor(options: NormalizeOptions) {
    checkLayerOptions('[@st/models] Normalize', options, 'an object, { mean, std }');
    const { name, mean, std } = options;
    super(name === undefined ? {} : { name });
    checkNormalization(mean, std);
    this.mean = mean;
    this.std = std;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => {
      const [x] = Array.isArray(inputs) ? inputs : [inputs];
      return tf.div(tf.sub(x as tf.Tensor, tf.tensor1d([...this.mean])), tf.tensor1d([...this.std]));
    });
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = inputShape.at(-1);
    if (channels !== this.mean.length) {
      throw new InvalidArgumentError(
        `[@st/models] Normalize: mean and std must have one value per channel of the input, got ${this.mean.length} for [${inputShape}].`,
        { argument: 'mean', received: this.mean },
      );
    }
    this.built = true;
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), mean: [...this.mean], std: [...this.std] };
  }
}
tf.serialization.registerClass(Normalize);

function checkNormalization(mean: readonly number[], std: readonly number[]): void {
  const where = '[@st/models] Normalize';
  if (!Array.isArray(mean) || !Array.isArray(std) || mean.length !== std.length || mean.length === 0) {
    throw new InvalidArgumentError(
      `${where}: mean and std must be arrays of one number per channel, got ${describeValue(mean)} and ${describeValue(std)}.`,
      { argument: 'mean', received: mean },
    );
  }
  mean.forEach((value, channel) => void checkNumber(where, `mean[${channel}]`, value));
  std.forEach((value, channel) => void checkNumber(where, `std[${channel}]`, value, { min: 0, aboveMin: true }));
}
