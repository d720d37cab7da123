import { checkChoice, checkNumber, type Where } from '@st/core/kit';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';

import { StemPool } from '../layers/stem-pool.ts';
import { buildModel } from './build-model.ts';
import { connect } from './connect.ts';
import { layerFactory } from './layer-factory.ts';
import { checkNetOptions, checkOptionsGiven, type NetOptions } from './net-options.ts';
import { stackBlocks } from './residual-block.ts';
import { basicBlock, bottleneckBlock } from './resnet-blocks.ts';
import { checkStages, STAGE_WIDTHS, type Stage } from './stages.ts';

export type ResnetOptions = NetOptions & {
  /** `'basic'`: two 3x3 convolutions; `'bottleneck'`: 1x1, 3x3 and 1x1 convolutions with 4 x width output channels. */
  readonly block: ResnetBlock;
  /** Blocks per stage: [2, 2, 2, 2] is ResNet-18. */
  readonly blocks: readonly number[];
  /** Width per stage. Default [64, 128, 256, 512]. */
  readonly widths?: readonly number[];
  /**
   * Filters of the first convolution, 3x3 at stride 1. Default: the first width. `'imagenet'`: 7x7 at stride 2, then a 3x3 max pool at
   * stride 2, as in torchvision's ResNets, for images of 224 x 224.
   */
  readonly stem?: ResnetStem;
};

export type ResnetStem = number | 'imagenet';

export type ResnetBlock = 'basic' | 'bottleneck';

const BLOCKS: readonly ResnetBlock[] = ['basic', 'bottleneck'];

/**
 * A ResNet: 3x3 stem without max pool for small images, or ImageNet's stem; stages at strides 1, 2, 2, 2, average pool, linear.
 * Weights have the PyTorch module's names (`layer1.0.conv1/weight`) and PyTorch's default initialization.
 * @returns A model from `[batch, height, width, channels]` in [0, 1] to logits `[batch, classes]`; `dispose()` frees it.
 * @throws {InvalidArgumentError} for an invalid option.
 * @see He et al. 2016, arXiv 1512.03385, in the CIFAR variant of Squeeze Training's models/resnet.py
 */
export function resnet(options: ResnetOptions): LayersModel {
  checkOptionsGiven('[@st/models] resnet', options, EXAMPLES.resnet ?? '');
  return buildResnet('resnet', options, { options, own: ['block', 'blocks', 'widths', 'stem'] });
}

/** Options of `resnet18`, `resnet34` and `resnet50`. */
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
  const net = checkNetOptions(where, options, { own, name, example: EXAMPLES[name] ?? `${name}({ classes: 10 })` });
  const residual = checkChoice(where, 'block', block, BLOCKS) === 'basic' ? basicBlock : bottleneckBlock;
  const stages = checkStages(where, options.widths ?? STAGE_WIDTHS, blocks);
  const make = layerFactory({ ...net, initializer: 'uniform-fan-in', biasInitializer: 'uniform-fan-in' });
  const stem = checkStem(where, options.stem ?? stages[0]?.width, stages);
  const features = (images: SymbolicTensor): SymbolicTensor => {
    const maps =
      options.stem === 'imagenet'
        ? connect(
            images,
            make.conv('conv1', stem, 7, { stride: 2 }),
            ...make.activated('bn1'),
            new StemPool({ name: 'maxpool' }),
          )
        : connect(images, make.conv('conv1', stem, 3), ...make.activated('bn1'));
    return stackBlocks(make, maps, residual, stages);
  };
  return buildModel(where, net, features, () => make.linear('linear', net.classes));
}

/** Example calls for errors, where they need more than `classes`. */
const EXAMPLES: Readonly<Record<string, string>> = {
  resnet: "resnet({ block: 'basic', blocks: [2, 2, 2, 2], classes: 10 })",
};

/** The filters of the first convolution. */
function checkStem(where: Where, stem: unknown, [first]: readonly Stage[]): number {
  if (stem === 'imagenet') return first?.width ?? 0;
  const hint = "Or pass 'imagenet', 7x7 at stride 2 and a max pool.";
  return checkNumber(where, 'stem', stem, { min: 1, integer: true, hint });
}
