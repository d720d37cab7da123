import { checkNumber, InvalidArgumentError } from '@st/core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';

import { buildModel } from './build-model.ts';
import { connect } from './connect.ts';
import { layerFactory } from './layer-factory.ts';
import { checkNetOptions, checkSizes, type NetOptions } from './net-options.ts';
import { preactBlock } from './preact-block.ts';
import { stackBlocks } from './residual-block.ts';

export type WideResnetOptions = NetOptions & {
  /** 6 n + 4 for n blocks in each of the three groups: 10, 16, 22, 28, 34, 40 ... */
  readonly depth: number;
  /** Factor on the widths of the groups, not on the stem's. */
  readonly widen: number;
  /** Widths of the three groups before widening; the stem has the first. Default [16, 32, 64]. */
  readonly widths?: readonly number[];
};

/**
 * WRN-depth-widen for small images: 3x3 stem, three groups of pre-activation blocks at strides 1, 2, 2, BN, ReLU, average pool, linear.
 * Weights carry the names of the PyTorch module that TRADES and Squeeze Training use (`block1.layer.0.conv1/weight`), and start as
 * published there: convolutions N(0, 2 / fan-out), biases 0.
 * Deviation: the published module also holds a `sub_block1` that its forward pass never calls; it is left out, and ignored in files.
 * @returns A model from `[batch, height, width, channels]` in [0, 1] to logits `[batch, classes]`; `dispose()` frees it.
 * @throws {InvalidArgumentError} for an option that cannot be meant.
 * @see Zagoruyko and Komodakis 2016, arXiv 1605.07146
 */
export function wideResnet(options: WideResnetOptions): LayersModel {
  const where = '[@st/models] wideResnet';
  const { depth, widen } = options;
  const net = checkNetOptions(where, options, { own: ['depth', 'widen', 'widths'], name: `wrn-${depth}-${widen}` });
  const blocks = blocksOf(depth);
  checkNumber(where, 'widen', widen, { min: 1, integer: true });
  const widths = checkSizes(where, 'widths', options.widths ?? [16, 32, 64], 3);
  const stages = widths.map((width, i) => ({
    path: `block${i + 1}.layer`,
    width: width * widen,
    blocks,
    stride: i === 0 ? 1 : 2,
  }));
  const make = layerFactory({ seed: net.seed, initializer: 'normal-fan-out', biasInitializer: 'zeros' });
  const features = (images: SymbolicTensor): SymbolicTensor => {
    const stem = connect(images, make.conv('conv1', widths[0] ?? 0, 3));
    return connect(stackBlocks(make, stem, preactBlock('convShortcut'), stages), make.batchNorm('bn1', 'relu'));
  };
  return buildModel(net, features, () => make.linear('fc', net.classes));
}

function blocksOf(depth: number): number {
  const blocks = (depth - 4) / 6;
  if (Number.isInteger(blocks) && blocks >= 1) return blocks;
  throw new InvalidArgumentError(
    `[@st/models] wideResnet: depth must be 6 n + 4 for n blocks a group (10, 16, 22, 28, 34 ...), got ${depth}.`,
    { argument: 'depth', received: depth },
  );
}
