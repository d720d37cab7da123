import { createRng, ShapeError } from '@st/core';
import { checkChoice, checkNumber } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';

import { checkLayerOptions } from '../check-arguments.ts';
import { drawInitializer } from './draw-initializer.ts';

/** The initial bias of a linear layer: `'uniform-fan-in'` is U(-b, b), b = 1 / sqrt(in), PyTorch's default; `'zeros'` as in the published WideResNets. */
export type BiasInitializer = 'uniform-fan-in' | 'zeros';

const BIAS_INITIALIZERS: readonly BiasInitializer[] = ['uniform-fan-in', 'zeros'];

export type LinearOptions = {
  /** The module's path in PyTorch: `linear`. `seed` and this name determine the initial weights. */
  readonly name: string;
  readonly units: number;
  /** Default `'uniform-fan-in'`. */
  readonly biasInitializer?: BiasInitializer;
  /** Default 0. */
  readonly seed?: number;
};

/** x W + b: `[batch, in]` to `[batch, units]`. Initially W ~ U(-c, c), c = 1 / sqrt(in). */
export class Linear extends layers.Layer {
  static className = 'StLinear';

  private readonly options: Required<LinearOptions>;
  private weight: LayerVariable | undefined;
  private bias: LayerVariable | undefined;

  /** @throws {InvalidArgumentError} if units is not a positive integer, or for an unknown initializer. */
  constructor(options: LinearOptions) {
    super({ ...options });
    checkLayerOptions('[@st/models] Linear', options, "an object, such as { name: 'linear', units: 10 }");
    const where = `[@st/models] Linear '${this.name}'` as const;
    const { biasInitializer = 'uniform-fan-in', seed = 0 } = options;
    this.options = {
      name: this.name,
      units: checkNumber(where, 'units', options.units, { min: 1, integer: true }),
      biasInitializer: checkChoice(where, 'biasInitializer', biasInitializer, BIAS_INITIALIZERS),
      seed,
    };
  }

  override build(inputShape: Shape | Shape[]): void {
    const features = inputShape.length === 2 ? inputShape[1] : undefined;
    if (typeof features !== 'number') {
      throw new ShapeError(
        `[@st/models] Linear '${this.name}': the input must be [batch, features] with known features, got [${inputShape}]. Pool or flatten first.`,
        { argument: 'input', received: inputShape },
      );
    }
    const { units, biasInitializer, seed, name } = this.options;
    const rng = createRng(seed).split(name);
    const bound = 1 / Math.sqrt(features);
    const draw = (shape: number[]) => rng.uniform(shape as [number], -bound, bound);
    const drawBias = biasInitializer === 'zeros' ? (shape: number[]) => tf.zeros(shape) : draw;
    this.weight = this.addWeight('weight', [features, units], 'float32', drawInitializer(draw));
    this.bias = this.addWeight('bias', [units], 'float32', drawInitializer(drawBias));
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [x] = Array.isArray(inputs) ? inputs : [inputs];
    const [weight, bias] = [this.weight?.read(), this.bias?.read()];
    return tf.fused.matMul({ a: x as tf.Tensor2D, b: weight as tf.Tensor2D, bias: bias as tf.Tensor1D });
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return [inputShape[0] ?? null, this.options.units];
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.options };
  }
}
tf.serialization.registerClass(Linear);
