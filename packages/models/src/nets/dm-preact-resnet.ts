import { type LayersModel, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';

import { buildModel } from './build-model.ts';
import { channelsOf, connect } from './connect.ts';
import { layerFactory } from './layer-factory.ts';
import { checkNetOptions, checkOptionsGiven, checkSizes, type NetOptions } from './net-options.ts';
import { type ResidualBlock, stackBlocks } from './residual-block.ts';
import { checkStages, STAGE_WIDTHS } from './stages.ts';
import { tensorflowPadding } from './tensorflow-padding.ts';

export type DmPreactResnetOptions = NetOptions & {
  /** Blocks per stage: [2, 2, 2, 2] is DMPreActResNet-18, [3, 4, 6, 3] DMPreActResNet-34. */
  readonly blocks: readonly number[];
  /** Width per stage. Default [64, 128, 256, 512]. */
  readonly widths?: readonly number[];
  /** Filters of the first convolution. Default: the first width. */
  readonly stem?: number;
};

const EXAMPLE = 'dmPreactResnet({ blocks: [2, 2, 2, 2], classes: 10 })';

/**
 * The PreActResNet of Rebuffi et al. 2021, `DMPreActResNet` in RobustBench. It differs from `preactResnet` in SiLU (`activation`), padding of
 * one pixel on the right and bottom at stride 2, shortcuts by a 3x3 convolution of the block's input, and names
 * (`layer_0.0.conv_2d_1/weight`). Published models normalize their images: pass `normalization`. Weights have PyTorch's default initialization.
 * @returns A model from `[batch, height, width, channels]` in [0, 1] to logits `[batch, classes]`; `dispose()` frees it.
 * @throws {InvalidArgumentError} for an invalid option.
 * @see Rebuffi et al. 2021, arXiv 2103.01946
 */
export function dmPreactResnet(options: DmPreactResnetOptions): LayersModel {
  const where = '[@st/models] dmPreactResnet';
  checkOptionsGiven(where, options, EXAMPLE);
  const own = ['blocks', 'widths', 'stem'];
  const net = checkNetOptions(where, options, { own, name: 'dmPreactResnet', example: EXAMPLE, activation: 'silu' });
  const stages = checkStages(where, options.widths ?? STAGE_WIDTHS, options.blocks, (stage) => `layer_${stage}`);
  const [stem = 0] = checkSizes(where, 'stem', [options.stem ?? stages[0]?.width]);
  const make = layerFactory({ ...net, initializer: 'uniform-fan-in', biasInitializer: 'uniform-fan-in' });
  const features = (images: SymbolicTensor): SymbolicTensor => {
    const maps = stackBlocks(make, connect(images, make.conv('conv_2d', stem, 3)), block, stages);
    return connect(maps, ...make.activated('batchnorm'));
  };
  return buildModel(where, net, features, () => make.linear('logits', net.classes));
}

const block: ResidualBlock = (make, x, { path, width, stride }) => {
  const padding = tensorflowPadding(stride);
  const bn0 = make.activated(`${path}.batchnorm_0`);
  const conv1 = make.conv(`${path}.conv_2d_1`, width, 3, { stride, padding });
  const bn1 = make.activated(`${path}.batchnorm_1`);
  const conv2 = make.conv(`${path}.conv_2d_2`, width, 3);
  const keeps = stride === 1 && channelsOf(x) === width;
  const shortcut = keeps ? x : connect(x, make.conv(`${path}.shortcut`, width, 3, { stride, padding }));
  return connect([connect(x, ...bn0, conv1, ...bn1, conv2), shortcut], layers.add({ name: `${path}.add` }));
};
