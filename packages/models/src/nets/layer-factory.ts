import { layers } from '@tensorflow/tfjs-layers';

import { BatchNorm } from '../layers/batch-norm-layer.ts';
import { Conv2d, type ConvInitializer, type ConvPadding } from '../layers/conv2d.ts';
import { type BiasInitializer, Linear } from '../layers/linear.ts';
import type { NetActivation } from './net-options.ts';

/**
 * Makes the layers of one network from one seed. Each block creates its layers in the order in which the PyTorch module registers them,
 * which is the order of the state_dict, and connects them afterwards.
 */
export type LayerFactory = {
  /** A convolution without bias. With the default padding, stride 1 keeps the size. */
  conv(name: string, filters: number, kernelSize: 1 | 3 | 7, options?: ConvShape): Conv2d;
  /** Batch normalization without activation. */
  batchNorm(name: string): BatchNorm;
  /** Batch normalization and the network's activation: one fused layer for ReLU, two layers for other activations. */
  activated(name: string): readonly [layers.Layer, ...layers.Layer[]];
  linear(name: string, units: number): Linear;
};

/** Stride and padding of a convolution. */
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
