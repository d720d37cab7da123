import { checkChoice } from '@st/core/kit';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';

import { buildModel } from './build-model.ts';
import { connect } from './connect.ts';
import { layerFactory } from './layer-factory.ts';
import { checkNetOptions, checkOptionsGiven, checkSizes, type NetOptions } from './net-options.ts';
import { PROJECTION_INPUTS, type ProjectionInput, preactBlock } from './preact-block.ts';
import { stackBlocks } from './residual-block.ts';
import { checkStages, STAGE_WIDTHS } from './stages.ts';

export type PreactResnetOptions = NetOptions & {
  /** Blocks per stage: [2, 2, 2, 2] is PreActResNet-18. */
  readonly blocks: readonly number[];
  /** Width per stage. Default [64, 128, 256, 512]. */
  readonly widths?: readonly number[];
  /** Filters of the first convolution. Default: the first width. */
  readonly stem?: number;
  /** The input of a shortcut's 1x1 convolution. Default `'activated'`; `'input'` in Wong et al. 2020, arXiv 2001.03994. */
  readonly projects?: ProjectionInput;
  /** Before the average pool: `'normalized'` (default) applies a last BN and activation; `'plain'` applies none, as in Wong et al. 2020. */
  readonly head?: PreactHead;
};

export type PreactHead = 'normalized' | 'plain';

const HEADS: readonly PreactHead[] = ['normalized', 'plain'];

const EXAMPLE = 'preactResnet({ blocks: [2, 2, 2, 2], classes: 10 })';

const OWN = ['widths', 'stem', 'projects', 'head'];

/**
 * A pre-activation ResNet for small images: 3x3 stem, stages at strides 1, 2, 2, 2, a last BN and ReLU, average pool, linear.
 * Weights have the PyTorch module's names and PyTorch's default initialization.
 * @returns A model from `[batch, height, width, channels]` in [0, 1] to logits `[batch, classes]`; `dispose()` frees it.
 * @throws {InvalidArgumentError} for an invalid option.
 * @see He et al. 2016, arXiv 1603.05027, in the variant of AWP's AT_AWP/preactresnet.py
 */
export function preactResnet(options: PreactResnetOptions): LayersModel {
  checkOptionsGiven('[@st/models] preactResnet', options, EXAMPLE);
  return buildPreactResnet('preactResnet', options.blocks, { options, own: ['blocks', ...OWN] });
}

/** Options of `preactResnet18`. */
export type PreactResnet18Options = NetOptions & Omit<PreactResnetOptions, 'blocks'>;

/** PreActResNet-18 for CIFAR: 11 172 170 parameters at 10 classes. See `preactResnet`. */
export function preactResnet18(options: PreactResnet18Options = {}): LayersModel {
  return buildPreactResnet('preactResnet18', [2, 2, 2, 2], { options, own: OWN });
}

function buildPreactResnet(
  name: string,
  blocks: readonly number[],
  { options, own }: { readonly options: PreactResnet18Options; readonly own: readonly string[] },
): LayersModel {
  const where = `[@st/models] ${name}` as const;
  const net = checkNetOptions(where, options, { own, name, example: `${name}({ classes: 10 })` });
  const stages = checkStages(where, options.widths ?? STAGE_WIDTHS, blocks);
  const [stem = 0] = checkSizes(where, 'stem', [options.stem ?? stages[0]?.width]);
  const projects = checkChoice(where, 'projects', options.projects ?? 'activated', PROJECTION_INPUTS);
  const head = checkChoice(where, 'head', options.head ?? 'normalized', HEADS);
  const make = layerFactory({ ...net, initializer: 'uniform-fan-in', biasInitializer: 'uniform-fan-in' });
  const features = (images: SymbolicTensor): SymbolicTensor => {
    const block = preactBlock('shortcut.0', projects);
    const maps = stackBlocks(make, connect(images, make.conv('conv1', stem, 3)), block, stages);
    return head === 'normalized' ? connect(maps, ...make.activated('bn')) : maps;
  };
  return buildModel(where, net, features, () => make.linear('linear', net.classes));
}
