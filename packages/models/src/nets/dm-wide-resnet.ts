import { InvalidArgumentError } from '@st/core';
import { describeValue, type Where } from '@st/core/kit';
import { type LayersModel, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';

import { buildModel } from './build-model.ts';
import { channelsOf, connect } from './connect.ts';
import { layerFactory } from './layer-factory.ts';
import { type CheckedNetOptions, checkNetOptions, checkOptionsGiven } from './net-options.ts';
import { type ResidualBlock, stackBlocks } from './residual-block.ts';
import { tensorflowPadding } from './tensorflow-padding.ts';
import { checkGroups } from './wide-groups.ts';
import type { WideResnetOptions } from './wide-resnet.ts';

const EXAMPLE = 'dmWideResnet({ depth: 28, widen: 10, classes: 10 })';

/**
 * The WRN-depth-widen of Gowal et al. 2020 and Rebuffi et al. 2021, `DMWideResNet` in RobustBench. It differs from `wideResnet` in SiLU
 * (`activation`), padding of one pixel on the right and bottom at stride 2, and names (`layer.0.block.0.conv_0/weight`). Height and width
 * must be multiples of 4, because this padding is only right for even sizes. Published models normalize their images: pass `normalization`.
 * Weights have PyTorch's default initialization.
 * @returns A model from `[batch, height, width, channels]` in [0, 1] to logits `[batch, classes]`; `dispose()` frees it.
 * @throws {InvalidArgumentError} for an invalid option.
 * @see Gowal et al. 2020, arXiv 2010.03593; Rebuffi et al. 2021, arXiv 2103.01946
 */
export function dmWideResnet(options: WideResnetOptions): LayersModel {
  const where = '[@st/models] dmWideResnet';
  checkOptionsGiven(where, options, EXAMPLE);
  const { stem, groups } = checkGroups(where, options, (group) => `layer.${group}.block`);
  const name = `dm-wrn-${options.depth}-${options.widen}`;
  const net = checkNetOptions(where, options, {
    own: ['depth', 'widen', 'widths', 'stem'],
    name,
    example: EXAMPLE,
    activation: 'silu',
  });
  refuseOddSizes(where, net.inputShape);
  const make = layerFactory({ ...net, initializer: 'uniform-fan-in', biasInitializer: 'uniform-fan-in' });
  const features = (images: SymbolicTensor): SymbolicTensor => {
    const maps = stackBlocks(make, connect(images, make.conv('init_conv', stem, 3)), block, groups);
    return connect(maps, ...make.activated('batchnorm'));
  };
  return buildModel(where, net, features, () => make.linear('logits', net.classes));
}

function refuseOddSizes(where: Where, inputShape: CheckedNetOptions['inputShape']): void {
  if (inputShape.slice(0, 2).every((size) => size === null || size % 4 === 0)) return;
  throw new InvalidArgumentError(
    `${where}: inputShape must have heights and widths that halve twice (multiples of 4), got ${describeValue(inputShape)}.`,
    { argument: 'inputShape', received: inputShape },
  );
}

/** As `preactBlock`, except for names and padding. */
const block: ResidualBlock = (make, x, { path, width, stride }) => {
  const bn0 = make.activated(`${path}.batchnorm_0`);
  const conv0 = make.conv(`${path}.conv_0`, width, 3, { stride, padding: tensorflowPadding(stride) });
  const bn1 = make.activated(`${path}.batchnorm_1`);
  const conv1 = make.conv(`${path}.conv_1`, width, 3);
  const activated = connect(x, ...bn0);
  const keeps = stride === 1 && channelsOf(x) === width;
  const shortcut = keeps ? x : connect(activated, make.conv(`${path}.shortcut`, width, 1, { stride }));
  return connect([connect(activated, conv0, ...bn1, conv1), shortcut], layers.add({ name: `${path}.add` }));
};
