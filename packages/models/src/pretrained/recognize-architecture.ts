import { CheckpointError } from '@st/core';

import type { ProjectionInput } from '../nets/preact-block.ts';
import type { ResnetStem } from '../nets/resnet.ts';
import type { StateTensors } from '../weights/state-tensor.ts';
import type { Architecture } from './architecture.ts';
import { refuseOtherNetworks } from './other-networks.ts';
import { type StateSizes, stateSizes } from './state-sizes.ts';

/** How a family of networks is recognized, and how its sizes are read. */
type Family = {
  /** Prefix of the tensors of the first block; no other family has it. */
  readonly block: string;
  /** Name of the first convolution's weights. */
  readonly stem: string;
  readonly read: (where: string, sizes: StateSizes, options: RecognizeOptions) => Architecture;
  /** Name of the classifier's weights. */
  readonly head: string;
};

export type RecognizeOptions = {
  /** For PreActResNets: the input of the shortcut convolutions; required without a last batch normalization, see `preact`. */
  readonly projects?: ProjectionInput;
};

const FAMILIES: readonly Family[] = [
  { block: 'block1.layer.0.', stem: 'conv1.weight', head: 'fc.weight', read: wide },
  { block: 'layer.0.block.0.', stem: 'init_conv.weight', head: 'logits.weight', read: dmWide },
  { block: 'layer_0.0.', stem: 'conv_2d.weight', head: 'logits.weight', read: dmPreact },
  { block: 'layer1.0.', stem: 'conv1.weight', head: 'linear.weight', read: residual },
];

/** Number of names shown of a state_dict of no known family. */
const NAMES_SHOWN = 6;

/** The network of a state_dict, and its number of input channels. */
export type RecognizedArchitecture = {
  readonly architecture: Architecture;
  readonly channels: number;
  /** Columns of the classifier's weights. */
  readonly columns: number;
};

/** The prefixes of the first blocks of all families. What precedes them in a file's names is the network's prefix. */
export const FIRST_BLOCKS: readonly string[] = FAMILIES.map(({ block }) => block);

/**
 * Reads kind, widths, blocks per stage, classes and input channels from the names and shapes of a state_dict.
 * @param state - Under the networks' own names: without `module.` and other prefixes.
 * @throws {CheckpointError} if it is of no known family, with its names and those of the families; if it is a known but unsupported network,
 *   with that network's name; or if its sizes contradict each other.
 */
export function recognizeArchitecture(
  where: string,
  state: StateTensors,
  options: RecognizeOptions = {},
): RecognizedArchitecture {
  const sizes = stateSizes(where, state);
  const family = FAMILIES.find(({ block }) => sizes.hasUnder(block));
  if (!family) throw unknown(where, state);
  refuseOtherNetworks(where, state);
  refuseSingleOutput(where, family.head, sizes);
  const architecture = family.read(where, sizes, options);
  refuseContradictions(where, architecture, sizes);
  return { architecture, channels: sizes.size(family.stem, 1), columns: sizes.size(family.head, 1) };
}

function residual(where: string, sizes: StateSizes, { projects }: RecognizeOptions): Architecture {
  const { blocks, widths } = stagesOf(sizes, (stage) => `layer${stage + 1}.`, 'conv1');
  const stem = sizes.size('conv1.weight', 0);
  const options = { blocks, widths, classes: sizes.size('linear.weight', 0) };
  // a ResNet, but no PreActResNet, has a batch normalization right after the first convolution
  if (!sizes.hasUnder('bn1.')) return preact(where, sizes, { ...options, stem, projects });
  const block = sizes.hasUnder('layer1.0.conv3.') ? 'bottleneck' : 'basic';
  return { family: 'resnet', options: { ...options, block, stem: stemOf(where, sizes, widths) } };
}

/** The number of filters of a 3x3 stem; a 7x7 stem is ImageNet's. */
function stemOf(where: string, sizes: StateSizes, [first]: readonly number[]): ResnetStem {
  const [filters, side] = [sizes.size('conv1.weight', 0), sizes.size('conv1.weight', 2)];
  if (side === 3) return filters;
  if (side === 7 && filters === first) return 'imagenet';
  throw new CheckpointError(
    `${where}: the first convolution must be 3x3, or 7x7 with the filters of the first stage (${first}), got ${side}x${side} with ${filters}. Build the model yourself and use loadStateDict.`,
    { argument: 'tensors', received: [filters, side] },
  );
}

type PreactSizes = {
  readonly blocks: readonly number[];
  readonly widths: readonly number[];
  readonly stem: number;
  readonly classes: number;
  readonly projects: ProjectionInput | undefined;
};

/**
 * Three PreActResNets are published. AWP's and Rice et al.'s ends with a batch normalization, and its shortcuts take the activated input. The
 * other two have no last batch normalization and the same tensors: shortcuts take the activated input in pytorch-cifar's, the block's input
 * in Wong et al.'s and Andriushchenko and Flammarion's.
 * @throws {CheckpointError} for the other two without `projects`.
 */
function preact(where: string, sizes: StateSizes, { projects, ...options }: PreactSizes): Architecture {
  const head = sizes.hasUnder('bn.') ? 'normalized' : 'plain';
  const hasProjection = sizes.endsWith('.shortcut.0.weight');
  if (head === 'plain' && projects === undefined && hasProjection) {
    throw new CheckpointError(
      `${where}: two PreActResNets without a last batch normalization are published, with the same tensors. Pass projects: 'activated' for pytorch-cifar's, whose shortcuts take the activated input, or projects: 'input' for Wong et al.'s, whose shortcuts take the block's input.`,
      { argument: 'projects', received: projects },
    );
  }
  return { family: 'preact-resnet', options: { ...options, head, projects: projects ?? 'activated' } };
}

function wide(_where: string, sizes: StateSizes): Architecture {
  const stem = sizes.size('conv1.weight', 0);
  const groups = [0, 1, 2].map((group) => sizes.size(`block${group + 1}.layer.0.conv1.weight`, 0));
  const depth = depthOf(sizes.numbersAfter('block1.layer.').length);
  return { family: 'wide-resnet', options: { depth, ...widened(groups, stem), classes: sizes.size('fc.weight', 0) } };
}

function dmWide(_where: string, sizes: StateSizes): Architecture {
  const stem = sizes.size('init_conv.weight', 0);
  const groups = [0, 1, 2].map((group) => sizes.size(`layer.${group}.block.0.conv_0.weight`, 0));
  const depth = depthOf(sizes.numbersAfter('layer.0.block.').length);
  const classes = sizes.size('logits.weight', 0);
  return { family: 'dm-wide-resnet', options: { depth, ...widened(groups, stem), classes } };
}

function dmPreact(_where: string, sizes: StateSizes): Architecture {
  const { blocks, widths } = stagesOf(sizes, (stage) => `layer_${stage}.`, 'conv_2d_1');
  const options = { blocks, widths, stem: sizes.size('conv_2d.weight', 0), classes: sizes.size('logits.weight', 0) };
  return { family: 'dm-preact-resnet', options };
}

/** Blocks and width of each stage, up to the first stage number without tensors. */
function stagesOf(
  sizes: StateSizes,
  pathOf: (stage: number) => string,
  conv: string,
): { blocks: readonly number[]; widths: readonly number[] } {
  const blocks: number[] = [];
  const widths: number[] = [];
  for (let stage = 0; sizes.hasUnder(pathOf(stage)); stage++) {
    blocks.push(sizes.numbersAfter(pathOf(stage)).length);
    widths.push(sizes.size(`${pathOf(stage)}0.${conv}.weight`, 0));
  }
  return { blocks, widths };
}

const depthOf = (blocks: number): number => 6 * blocks + 4;

/** Published WideResNets have widths (16, 32, 64) times a factor and a stem of 16; if no factor fits, it is 1. */
function widened(groups: readonly number[], stem: number): { widen: number; widths: readonly number[]; stem: number } {
  const factor = (groups[0] ?? 0) / stem;
  const divides = Number.isInteger(factor) && groups.every((width) => width % factor === 0);
  return divides
    ? { widen: factor, widths: groups.map((width) => width / factor), stem }
    : { widen: 1, widths: groups, stem };
}

/**
 * Refuses sizes that need more values than the tensors hold, before a network is built: the shapes of a damaged or hostile file may claim a
 * width of millions in a small tensor. The bound counts one convolution from width to width in every block.
 */
function refuseContradictions(where: string, { family, options }: Architecture, { values }: StateSizes): void {
  const { classes } = options;
  const isWide = family === 'wide-resnet' || family === 'dm-wide-resnet';
  const widths = isWide ? options.widths.map((width) => width * options.widen) : options.widths;
  const blocks = isWide ? widths.map(() => (options.depth - 4) / 6) : options.blocks;
  const last = widths.at(-1) ?? 0;
  const stem = options.stem === 'imagenet' ? (widths[0] ?? 0) : options.stem;
  const least = widths.reduce((sum, width, i) => sum + width * width * (blocks[i] ?? 0), 0);
  if (least + stem * (widths[0] ?? 0) + last * classes <= values) return;
  throw new CheckpointError(
    `${where}: widths [${widths.join(', ')}] with blocks [${blocks.join(', ')}], stem ${stem} and ${classes} classes need more than ` +
      `the ${values} values of the tensors. The shapes are of another architecture, or damaged.`,
    { argument: 'tensors', received: values },
  );
}

/** A network with one sigmoid output is refused: two classes need two logits, of which the first may be 0. */
function refuseSingleOutput(where: string, head: string, sizes: StateSizes): void {
  if (sizes.size(head, 0) > 1) return;
  const bias = head.replace(/weight$/, 'bias');
  throw new CheckpointError(
    `${where}: the network has a single output, '${head}' [1, ${sizes.size(head, 1)}], but a classifier needs one output per class. If a sigmoid follows, the logits [0, output] give the same classifier; in PyTorch: ` +
      `for k in ('${head}', '${bias}'): state[k] = torch.cat([0 * state[k], state[k]])`,
    { argument: 'tensors', received: 1 },
  );
}

function unknown(where: string, state: StateTensors): CheckpointError {
  const names = [...state.keys()];
  const shown = names.slice(0, NAMES_SHOWN).map((name) => `'${name}' [${state.get(name)?.shape.join(', ')}]`);
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  const known = FIRST_BLOCKS.map((name) => `'${name}'`).join(', ');
  return new CheckpointError(
    `${where}: must be the state_dict of a ResNet, PreActResNet or WideResNet for small images, whose names contain one of ${known}; ` +
      `got ${shown.join(', ') || 'no tensor'}${more}. Build the model yourself and use loadStateDict if only the names differ.`,
    { argument: 'tensors', received: names },
  );
}
