import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';

import { buildModel } from './build-model.ts';
import { connect } from './connect.ts';
import { layerFactory } from './layer-factory.ts';
import { checkNetOptions, checkSizes, type NetOptions } from './net-options.ts';
import { preactBlock } from './preact-block.ts';
import { stackBlocks } from './residual-block.ts';
import { checkStages, STAGE_WIDTHS } from './stages.ts';

export type PreactResnetOptions = NetOptions & {
  /** Blocks a stage: [2, 2, 2, 2] is PreActResNet-18. */
  readonly blocks: readonly number[];
  /** Width a stage. Default [64, 128, 256, 512]. */
  readonly widths?: readonly number[];
  /** Filters of the first convolution. Default: the first width. */
  readonly stem?: number;
};

/**
 * A pre-activation ResNet for small images: 3x3 stem, stages at strides 1, 2, 2, 2, a last BN and ReLU, average pool, linear.
 * Weights carry the PyTorch module's names and start as PyTorch's default initialisation.
 * @returns A model from `[batch, height, width, channels]` in [0, 1] to logits `[batch, classes]`; `dispose()` frees it.
 * @throws {InvalidArgumentError} for an option that cannot be meant.
 * @see He et al. 2016, arXiv 1603.05027, in the form that AWP's AT_AWP/preactresnet.py has
 */
export function preactResnet(options: PreactResnetOptions): LayersModel {
  return buildPreactResnet('preactResnet', options.blocks, { options, own: ['blocks', 'widths', 'stem'] });
}

/** Options of `preactResnet18`. */
export type PreactResnet18Options = NetOptions & Pick<PreactResnetOptions, 'widths' | 'stem'>;

/** PreActResNet-18 for CIFAR: 11 172 170 parameters at 10 classes. See `preactResnet`. */
export function preactResnet18(options: PreactResnet18Options = {}): LayersModel {
  return buildPreactResnet('preactResnet18', [2, 2, 2, 2], { options, own: ['widths', 'stem'] });
}

function buildPreactResnet(
  name: string,
  blocks: readonly number[],
  { options, own }: { readonly options: PreactResnet18Options; readonly own: readonly string[] },
): LayersModel {
  const where = `[@st/models] ${name}` as const;
  const net = checkNetOptions(where, options, { own, name });
  const stages = checkStages(where, options.widths ?? STAGE_WIDTHS, blocks);
  const [stem = 0] = checkSizes(where, 'stem', [options.stem ?? stages[0]?.width]);
  const make = layerFactory({ seed: net.seed, initializer: 'uniform-fan-in', biasInitializer: 'uniform-fan-in' });
  const features = (images: SymbolicTensor): SymbolicTensor => {
    const maps = stackBlocks(make, connect(images, make.conv('conv1', stem, 3)), preactBlock('shortcut.0'), stages);
    return connect(maps, make.batchNorm('bn', 'relu'));
  };
  return buildModel(net, features, () => make.linear('linear', net.classes));
}
