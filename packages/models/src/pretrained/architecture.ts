import type { LayersModel } from '@tensorflow/tfjs-layers';

import { type DmPreactResnetOptions, dmPreactResnet } from '../nets/dm-preact-resnet.ts';
import { dmWideResnet } from '../nets/dm-wide-resnet.ts';
import type { NetActivation, NetOptions } from '../nets/net-options.ts';
import { type PreactResnetOptions, preactResnet } from '../nets/preact-resnet.ts';
import { type ResnetOptions, resnet } from '../nets/resnet.ts';
import { STAGE_WIDTHS } from '../nets/stages.ts';
import { type WideResnetOptions, wideResnet } from '../nets/wide-resnet.ts';

/** The network of a state_dict: the function of this package that builds it, and its sizes. */
export type Architecture =
  | { readonly family: 'resnet'; readonly options: Sizes<ResnetOptions> }
  | { readonly family: 'preact-resnet'; readonly options: Sizes<PreactResnetOptions> }
  | { readonly family: 'wide-resnet'; readonly options: Sizes<WideResnetOptions> }
  | { readonly family: 'dm-wide-resnet'; readonly options: Sizes<WideResnetOptions> }
  | { readonly family: 'dm-preact-resnet'; readonly options: Sizes<DmPreactResnetOptions> };

/** The options that are read from a state_dict; all are present. */
type Sizes<T extends NetOptions> = Omit<T, Exclude<keyof NetOptions, 'classes'>> &
  Required<Pick<T, 'classes' | Extract<keyof T, 'widths' | 'stem'>>> & { readonly classes: number };

/** Builds the network. `rest` has the options that are not in a state_dict. */
export function buildArchitecture({ family, options }: Architecture, rest: Omit<NetOptions, 'classes'>): LayersModel {
  switch (family) {
    case 'resnet':
      return resnet({ ...options, ...rest });
    case 'preact-resnet':
      return preactResnet({ ...options, ...rest });
    case 'wide-resnet':
      return wideResnet({ ...options, ...rest });
    case 'dm-wide-resnet':
      return dmWideResnet({ ...options, ...rest });
    case 'dm-preact-resnet':
      return dmPreactResnet({ ...options, ...rest });
  }
}

/** The activation that a family was published with; a state_dict does not record it. */
export function publishedActivation({ family }: Architecture): NetActivation {
  return family.startsWith('dm-') ? 'silu' : 'relu';
}

/** The name that papers use: `ResNet-18`, `WRN-34-10`, `DMWideResNet-28-10`; sizes that differ from the papers' are appended. */
export function nameOf({ family, options }: Architecture): string {
  if (family === 'wide-resnet' || family === 'dm-wide-resnet') {
    const { depth, widen, widths, stem } = options;
    const prefix = family === 'wide-resnet' ? 'WRN' : 'DMWideResNet';
    return `${prefix}-${depth}-${widen}${sizes([16, 32, 64], widths, stem)}`;
  }
  const { blocks, widths } = options;
  const stem = options.stem === 'imagenet' ? (widths[0] ?? 0) : options.stem;
  const block = family === 'resnet' ? options.block : 'basic';
  const number = NUMBERS[`${block} ${blocks}`];
  const prefix = { resnet: 'ResNet', 'preact-resnet': 'PreActResNet', 'dm-preact-resnet': 'DMPreActResNet' }[family];
  const named = number ? `${prefix}-${number}` : `${prefix} of ${block} blocks [${blocks.join(', ')}]`;
  return `${named}${options.stem === 'imagenet' ? ' with ImageNet stem' : ''}${sizes(STAGE_WIDTHS, widths, stem)}`;
}

/** Number of layers with weights, by kind of block and blocks per stage (He et al. 2016, arXiv 1512.03385, table 1). */
const NUMBERS: Readonly<Record<string, number>> = {
  'basic 2,2,2,2': 18,
  'basic 3,4,6,3': 34,
  'bottleneck 3,4,6,3': 50,
  'bottleneck 3,4,23,3': 101,
  'bottleneck 3,8,36,3': 152,
};

function sizes(published: readonly number[], widths: readonly number[], stem: number): string {
  if (`${widths}` === `${published}` && stem === published[0]) return '';
  return ` with widths [${widths.join(', ')}]${stem === widths[0] ? '' : ` and stem ${stem}`}`;
}
