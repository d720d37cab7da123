import { type BatchNormMode, ShapeError } from '@st/core';
import { BATCH_NORM_ARGUMENT, BATCH_NORM_MODES, checkChoice, checkNumber, type KeepsStatistics } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayerVariable, layers, type Shape } from '@tensorflow/tfjs-layers';
import { ACTIVATIONS, type Activation } from '../batch-norm/activation.ts';
import { batchNorm } from '../batch-norm/batch-norm.ts';
import { batchNormInference } from '../batch-norm/batch-norm-inference.ts';
import { runningAverage } from '../batch-norm/running-average.ts';
import { checkLayerOptions } from '../check-arguments.ts';

export type BatchNormLayerOptions = {
  /** The module's path in PyTorch: `layer1.0.bn1`. */
  readonly name: string;
  /** Applied last, after the residual if there is one. Default `'linear'`. */
  readonly activation?: Activation;
  /** Weight of the newest batch in the running statistics, as in PyTorch; in tfjs momentum is 1 minus this. Default 0.1. */
  readonly momentum?: number;
  /** Default 1e-5. */
  readonly epsilon?: number;
};

/**
 * PyTorch's `BatchNorm2d`, fused with the addition of a residual and a ReLU: applied to `x` or `[x, residual]`, it returns
 * act((x - mean) / sqrt(variance + epsilon) * weight + bias [+ residual]).
 *
 * The mode is `kwargs[BATCH_NORM_ARGUMENT]`, which `asClassifier` passes. Without it, `training: true` means `'batch-tracking'` and
 * everything else `'inference'`. The running variance is unbiased: n / (n - 1) times the variance that normalizes the batch.
 */
export class BatchNorm extends layers.Layer implements KeepsStatistics {
  static className = 'StBatchNorm';

  readonly keptStatistics: number;
  private readonly options: Required<BatchNormLayerOptions>;
  private state: Record<'weight' | 'bias' | 'mean' | 'variance', LayerVariable> | undefined;

  /** @throws {InvalidArgumentError} for a momentum outside [0, 1], an epsilon not > 0, or an unknown activation. */
  constructor(options: BatchNormLayerOptions) {
    super({ ...options });
    checkLayerOptions('[@st/models] BatchNorm', options, "an object, such as { name: 'bn1' }");
    const where = `[@st/models] BatchNorm '${this.name}'` as const;
    const { activation = 'linear', momentum = 0.1, epsilon = 1e-5 } = options;
    this.options = {
      name: this.name,
      activation: checkChoice(where, 'activation', activation, ACTIVATIONS),
      momentum: checkNumber(where, 'momentum', momentum, { min: 0, max: 1 }),
      epsilon: checkNumber(where, 'epsilon', epsilon, { min: 0, aboveMin: true }),
    };
    this.keptStatistics = 1 - this.options.momentum;
  }

  override build(inputShape: Shape | Shape[]): void {
    const channels = firstShape(inputShape).at(-1);
    if (typeof channels !== 'number') {
      throw new ShapeError(
        `[@st/models] BatchNorm '${this.name}': the input must have known channels in its last axis, got [${inputShape}].`,
        { argument: 'input', received: inputShape },
      );
    }
    const add = (name: string, start: 'zeros' | 'ones', trainable: boolean) =>
      this.addWeight(name, [channels], 'float32', initializers[start](), undefined, trainable);
    this.state = {
      weight: add('weight', 'ones', true),
      bias: add('bias', 'zeros', true),
      mean: add('running_mean', 'zeros', false),
      variance: add('running_var', 'ones', false),
    };
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Readonly<Record<string, unknown>>): tf.Tensor {
    return tf.tidy(() => {
      const [x, residual] = (Array.isArray(inputs) ? inputs : [inputs]) as [tf.Tensor, tf.Tensor?];
      const { weight, bias, mean, variance } = this.variables();
      const affine = { x, residual, gamma: weight.read(), beta: bias.read() };
      const mode = this.modeOf(kwargs);
      if (mode === 'inference') {
        return batchNormInference({ ...affine, mean: mean.read(), variance: variance.read() }, this.options);
      }
      const normalized = batchNorm(affine, this.options);
      if (mode === 'batch-tracking') this.track(normalized, x.size / normalized.mean.size);
      return normalized.y;
    });
  }

  override computeOutputShape(inputShape: Shape | Shape[]): Shape {
    return firstShape(inputShape);
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), ...this.options };
  }

  private track(batch: { readonly mean: tf.Tensor; readonly variance: tf.Tensor }, count: number): void {
    const { mean, variance } = this.variables();
    const { momentum } = this.options;
    mean.write(runningAverage(mean.read(), batch.mean, { momentum, correction: 1 }));
    variance.write(runningAverage(variance.read(), batch.variance, { momentum, correction: count / (count - 1) }));
  }

  private modeOf(kwargs: Readonly<Record<string, unknown>>): BatchNormMode {
    const mode = kwargs[BATCH_NORM_ARGUMENT];
    if (mode === undefined) return kwargs.training === true ? 'batch-tracking' : 'inference';
    return checkChoice(`[@st/models] BatchNorm '${this.name}'`, BATCH_NORM_ARGUMENT, mode, BATCH_NORM_MODES);
  }

  private variables(): Record<'weight' | 'bias' | 'mean' | 'variance', LayerVariable> {
    if (this.state) return this.state;
    throw new ShapeError(`[@st/models] BatchNorm '${this.name}': the layer must be built before it is called.`);
  }
}
tf.serialization.registerClass(BatchNorm);

function firstShape(inputShape: Shape | Shape[]): Shape {
  return Array.isArray(inputShape[0]) ? inputShape[0] : (inputShape as Shape);
}
