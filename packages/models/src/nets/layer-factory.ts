import { layers } from '@tensorflow/tfjs-layers';

import { BatchNorm } from '../layers/batch-norm-layer.ts';
import { Conv2d, type ConvInitializer, type ConvPadding } from '../layers/conv2d.ts';
import { type BiasInitializer, Linear } from '../layers/linear.ts';
import type { NetActivation } from './net-options.ts';

/**
 * Makes the layers of one network, all from one seed. Blocks make theirs in the order in which the PyTorch module registers them,
 * which is the order of its state_dict, and connect them afterwards.
 */
export type LayerFactory = {
  /** A convolution without bias; by default padded so that stride 1 keeps the size. */
  conv(name: string, filters: number, kernelSize: 1 | 3 | 7, options?: ConvShape): Conv2d;
  /** Batch normalisation alone. */
  batchNorm(name: string): BatchNorm;
  /** Batch normalisation and the network's activation: one layer for ReLU, which is fused, two for others. */
  activated(name: string): readonly [layers.Layer, ...layers.Layer[]];
  linear(name: string, units: number): Linear;
};

/** What a convolution of a block has besides its size. */
type ConvShape = {
  /** Default 1. */
  readonly stride?: number;
  /** Default (kernelSize - 1) / 2 on every side. */
  readonly padding?: ConvPadding;
};

export type LayerFactoryOptions = {
  readonly seed: number;
  readonly activation: NetActivation;
  readonly initializer: ConvInitializer;
  readonly biasInitializer: BiasInitializer;
};

export function layerFactory({ seed, activation, initializer, biasInitializer }: LayerFactoryOptions): LayerFactory {
  return {
    conv: (name, filters, kernelSize, { stride = 1, padding = (kernelSize - 1) / 2 } = {}) =>
      new Conv2d({ name, filters, kernelSize, stride, padding, initializer, seed }),
    batchNorm: (name) => new BatchNorm({ name }),
    activated: (name) =>
      activation === 'relu'
        ? [new BatchNorm({ name, activation })]
        : [new BatchNorm({ name }), layers.activation({ activation: 'swish', name: `${name}.silu` })],
    linear: (name, units) => new Linear({ name, units, biasInitializer, seed }),
  };
}
