import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';

import { buildModel } from './build-model.ts';
import { connect } from './connect.ts';
import { layerFactory } from './layer-factory.ts';
import { checkNetOptions, checkOptionsGiven, type NetOptions } from './net-options.ts';
import { preactBlock } from './preact-block.ts';
import { stackBlocks } from './residual-block.ts';
import { checkGroups } from './wide-groups.ts';

export type WideResnetOptions = NetOptions & {
  /** 6 n + 4 for n blocks in each of the three groups: 10, 16, 22, 28, 34, 40 ... */
  readonly depth: number;
  /** Factor on the widths of the groups, not of the stem. */
  readonly widen: number;
  /** Widths of the three groups before widening. Default [16, 32, 64]. */
  readonly widths?: readonly number[];
  /** Filters of the first convolution. Default: the first width, not widened. */
  readonly stem?: number;
};

const EXAMPLE = 'wideResnet({ depth: 34, widen: 10, classes: 10 })';

/**
 * WRN-depth-widen for small images: 3x3 stem, three groups of pre-activation blocks at strides 1, 2, 2, BN, ReLU, average pool, linear.
 * Weights have the names of the PyTorch module of TRADES and Squeeze Training (`block1.layer.0.conv1/weight`) and its initialization:
 * convolutions N(0, 2 / fan-out), biases 0.
 * Deviation: the published module has a `sub_block1` that its forward pass never calls. It is not built and is ignored in files;
 * `pytorchStateDict` writes it by default.
 * @returns A model from `[batch, height, width, channels]` in [0, 1] to logits `[batch, classes]`; `dispose()` frees it.
 * @throws {InvalidArgumentError} for an invalid option.
 * @see Zagoruyko and Komodakis 2016, arXiv 1605.07146
 */
export function wideResnet(options: WideResnetOptions): LayersModel {
  const where = '[@st/models] wideResnet';
  checkOptionsGiven(where, options, EXAMPLE);
  const { depth, widen } = options;
  const { stem, groups } = checkGroups(where, options, (group) => `block${group + 1}.layer`);
  const net = checkNetOptions(where, options, {
    own: ['depth', 'widen', 'widths', 'stem'],
    name: `wrn-${depth}-${widen}`,
    example: EXAMPLE,
  });
  const make = layerFactory({ ...net, initializer: 'normal-fan-out', biasInitializer: 'zeros' });
  const features = (images: SymbolicTensor): SymbolicTensor => {
    const maps = connect(images, make.conv('conv1', stem, 3));
    return connect(stackBlocks(make, maps, preactBlock('convShortcut'), groups), ...make.activated('bn1'));
  };
  return buildModel(where, net, features, () => make.linear('fc', net.classes));
}
