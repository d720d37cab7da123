import type { Activation } from '../batch-norm/activation.ts';
import { BatchNorm } from '../layers/batch-norm-layer.ts';
import { Conv2d, type ConvInitializer } from '../layers/conv2d.ts';
import { type BiasInitializer, Linear } from '../layers/linear.ts';

/**
 * Makes the layers of one network, all from one seed. Blocks make theirs in the order in which the PyTorch module registers them,
 * which is the order of its state_dict, and connect them afterwards.
 */
export type LayerFactory = {
  /** A convolution without bias, padded so that stride 1 keeps the size. */
  conv(name: string, filters: number, kernelSize: 1 | 3, stride?: number): Conv2d;
  batchNorm(name: string, activation: Activation): BatchNorm;
  linear(name: string, units: number): Linear;
};

export type LayerFactoryOptions = {
  readonly seed: number;
  readonly initializer: ConvInitializer;
  readonly biasInitializer: BiasInitializer;
};

export function layerFactory({ seed, initializer, biasInitializer }: LayerFactoryOptions): LayerFactory {
  return {
    conv: (name, filters, kernelSize, stride = 1) =>
      new Conv2d({ name, filters, kernelSize, stride, padding: (kernelSize - 1) / 2, initializer, seed }),
    batchNorm: (name, activation) => new BatchNorm({ name, activation }),
    linear: (name, units) => new Linear({ name, units, biasInitializer, seed }),
  };
}
