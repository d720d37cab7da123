import { createRng, InvalidArgumentError, ShapeError } from '@st/core';
import { checkChoice, checkNumber, describeValue, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';

import { checkLayerOptions } from '../check-arguments.ts';
import { drawInitializer } from './draw-initializer.ts';

/**
 * The initial distribution of a convolution's weights, with fan-in = in * k^2 and fan-out = out * k^2:
 * - `'uniform-fan-in'`: U(-b, b), b = 1 / sqrt(fan-in), PyTorch's default (Kaiming uniform with a = sqrt 5);
 * - `'normal-fan-out'`: N(0, 2 / fan-out), as in the published WideResNets (He et al. 2015, arXiv 1502.01852).
 */
export type ConvInitializer = 'uniform-fan-in' | 'normal-fan-out';

const CONV_INITIALIZERS: readonly ConvInitializer[] = ['uniform-fan-in', 'normal-fan-out'];

/** Number of zeros on every side, or `[before, after]`: at the top and left, and at the bottom and right. */
export type ConvPadding = number | readonly [before: number, after: number];

export type Conv2dOptions = {
  /** The module's path in PyTorch: `layer1.0.conv1`. `seed` and this name determine the initial weights. */
  readonly name: string;
  readonly filters: number;
  /** Side of the square window. */
  readonly kernelSize: number;
  /** Default 1. */
  readonly stride?: number;
  /** Zero padding, as in PyTorch; tfjs's `'same'` pads one side less at stride 2. Default 0. */
  readonly padding?: ConvPadding;
  /** Default `'uniform-fan-in'`. */
  readonly initializer?: ConvInitializer;
  /** Default 0. */
  readonly seed?: number;
};

/**
 * A square convolution without bias, padded as in PyTorch: `[batch, height, width, in]` to `[batch, h', w', filters]`,
 * h' = floor((h + before + after - kernelSize) / stride) + 1.
 */
export class Conv2d extends layers.Layer {
  static className = 'StConv2d';

  private readonly options: Required<Conv2dOptions>;
  private weight: LayerVariable | undefined;

  /** @throws {InvalidArgumentError} for a size that is not a positive integer, or an unknown initializer. */
  constructor(options: Conv2dOptions) {
    super({ ...options });
    checkLayerOptions(
      '[@st/models] Conv2d',
      options,
      "an object, such as { name: 'conv1', filters: 64, kernelSize: 3 }",
    );
    const where = `[@st/models] Conv2d '${this.name}'` as const;
    const { stride = 1, padding = 0, initializer = 'uniform-fan-in', seed = 0 } = options;
    this.options = {
      name: this.name,
      filters: checkNumber(where, 'filters', options.filters, { min: 1, integer: true }),
      kernelSize: checkNumber(where, 'kernelSize', options.kernelSize, { min: 1, integer: true }),
      stride: checkNumber(where, 'stride', stride, { min: 1, integer: true }),
      padding: checkPadding(where, padding),
      initializer: checkChoice(where, 'initializer', initializer, CONV_INITIALIZERS),
      seed,
    };
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = inputShape.length === 4 ? inputShape[3] : undefined;
    if (typeof channels !== 'number') {
      throw new ShapeError(
        `[@st/models] Conv2d '${this.name}': the input must be [batch, height, width, channels] with known channels, got [${inputShape}].`,
        { argument: 'input', received: inputShape },
      );
    }
    const { filters, kernelSize } = this.options;
    const shape = [kernelSize, kernelSize, channels, filters];
    this.weight = this.addWeight('weight', shape, 'float32', drawInitializer(this.draw));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = Array.isArray(inputs) ? inputs : [inputs];
    const { stride, padding } = this.options;
    const around = typeof padding === 'number' ? padding : explicitPadding(padding);
    return tf.conv2d(x as tf.Tensor4D, this.weight?.read() as tf.Tensor4D, stride, around);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [batch = null, height = null, width = null] = inputShape;
    const { filters, kernelSize, stride, padding } = this.options;
    const added = typeof padding === 'number' ? 2 * padding : padding[0] + padding[1];
    const along = (size: number | null) =>
      size === null ? null : Math.floor((size + added - kernelSize) / stride) + 1;
    return [batch, along(height), along(width), filters];
  }

  override getConfig(): tf.serialization.ConfigDict {
    const { padding, ...rest } = this.options;
    return { ...super.getConfig(), ...rest, padding: typeof padding === 'number' ? padding : [...padding] };
  }

  private readonly draw = (shape: number[]): tf.Tensor => {
    const { filters, kernelSize, initializer, seed, name } = this.options;
    const rng = createRng(seed).split(name);
    const [height = 0, width = 0, channels = 0] = shape;
    const sizes: [number, number, number, number] = [height, width, channels, filters];
    if (initializer === 'normal-fan-out') {
      return rng.normal<tf.Rank.R4>(sizes, 0, Math.sqrt(2 / (kernelSize ** 2 * filters)));
    }
    const bound = 1 / Math.sqrt(kernelSize ** 2 * channels);
    return rng.uniform<tf.Rank.R4>(sizes, -bound, bound);
  };
}
tf.serialization.registerClass(Conv2d);

function checkPadding(where: Where, padding: ConvPadding): ConvPadding {
  if (!Array.isArray(padding)) return checkNumber(where, 'padding', padding, { min: 0, integer: true });
  if (padding.length !== 2) {
    throw new InvalidArgumentError(
      `${where}: padding must be one integer >= 0 or [before, after], got ${describeValue(padding)}.`,
      { argument: 'padding', received: padding },
    );
  }
  const [before, after] = padding.map((zeros, i) =>
    checkNumber(where, `padding[${i}]`, zeros, { min: 0, integer: true }),
  );
  return [before ?? 0, after ?? 0];
}

function explicitPadding([before, after]: readonly [number, number]): tf.backend_util.ExplicitPadding {
  return [
    [0, 0],
    [before, after],
    [before, after],
    [0, 0],
  ];
}
