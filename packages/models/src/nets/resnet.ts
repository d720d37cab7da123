import { checkChoice } from '@st/core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';

import { buildModel } from './build-model.ts';
import { connect } from './connect.ts';
import { layerFactory } from './layer-factory.ts';
import { checkNetOptions, checkSizes, type NetOptions } from './net-options.ts';
import { stackBlocks } from './residual-block.ts';
import { basicBlock, bottleneckBlock } from './resnet-blocks.ts';
import { checkStages, STAGE_WIDTHS } from './stages.ts';

export type ResnetOptions = NetOptions & {
  /** `'basic'`: two 3x3 convolutions; `'bottleneck'`: 1x1, 3x3, 1x1 with four times the width out. */
  readonly block: ResnetBlock;
  /** Blocks a stage: [2, 2, 2, 2] is ResNet-18. */
  readonly blocks: readonly number[];
  /** Width a stage. Default [64, 128, 256, 512]. */
  readonly widths?: readonly number[];
  /** Filters of the first convolution. Default: the first width. */
  readonly stem?: number;
};

export type ResnetBlock = 'basic' | 'bottleneck';

const BLOCKS: readonly ResnetBlock[] = ['basic', 'bottleneck'];

/**
 * A ResNet for small images: 3x3 stem without max pool, stages at strides 1, 2, 2, 2, average pool, linear.
 * Weights carry the PyTorch module's names (`layer1.0.conv1/weight`) and start as PyTorch's default initialisation.
 * @returns A model from `[batch, height, width, channels]` in [0, 1] to logits `[batch, classes]`; `dispose()` frees it.
 * @throws {InvalidArgumentError} for an option that cannot be meant.
 * @see He et al. 2016, arXiv 1512.03385, in the CIFAR form that Squeeze Training's models/resnet.py has
 */
export function resnet(options: ResnetOptions): LayersModel {
  return buildResnet('resnet', options, { options, own: ['block', 'blocks', 'widths', 'stem'] });
}

/** Options of the ResNets that have a number for a name. */
export type SizedResnetOptions = NetOptions & Pick<ResnetOptions, 'widths' | 'stem'>;

/** ResNet-18 for CIFAR: 11 173 962 parameters at 10 classes. See `resnet`. */
export function resnet18(options: SizedResnetOptions = {}): LayersModel {
  return buildResnet('resnet18', { block: 'basic', blocks: [2, 2, 2, 2] }, { options, own: ['widths', 'stem'] });
}

/** ResNet-34 for CIFAR: 21 282 122 parameters at 10 classes. See `resnet`. */
export function resnet34(options: SizedResnetOptions = {}): LayersModel {
  return buildResnet('resnet34', { block: 'basic', blocks: [3, 4, 6, 3] }, { options, own: ['widths', 'stem'] });
}

/** ResNet-50 for CIFAR: 23 520 842 parameters at 10 classes. See `resnet`. */
export function resnet50(options: SizedResnetOptions = {}): LayersModel {
  return buildResnet('resnet50', { block: 'bottleneck', blocks: [3, 4, 6, 3] }, { options, own: ['widths', 'stem'] });
}

function buildResnet(
  name: string,
  { block, blocks }: Pick<ResnetOptions, 'block' | 'blocks'>,
  { options, own }: { readonly options: SizedResnetOptions; readonly own: readonly string[] },
): LayersModel {
  const where = `[@st/models] ${name}` as const;
  const net = checkNetOptions(where, options, { own, name });
  const residual = checkChoice(where, 'block', block, BLOCKS) === 'basic' ? basicBlock : bottleneckBlock;
  const stages = checkStages(where, options.widths ?? STAGE_WIDTHS, blocks);
  const [stem = 0] = checkSizes(where, 'stem', [options.stem ?? stages[0]?.width]);
  const make = layerFactory({ ...net, initializer: 'uniform-fan-in', biasInitializer: 'uniform-fan-in' });
  const features = (images: SymbolicTensor): SymbolicTensor => {
    const maps = connect(images, make.conv('conv1', stem, 3), ...make.activated('bn1'));
    return stackBlocks(make, maps, residual, stages);
  };
  return buildModel(net, features, () => make.linear('linear', net.classes));
}
