import { CheckpointError } from '@st/core';

import type { ProjectionInput } from '../nets/preact-block.ts';
import type { ResnetStem } from '../nets/resnet.ts';
import type { StateTensors } from '../weights/state-tensor.ts';
import type { Architecture } from './architecture.ts';
import { refuseOtherNetworks } from './other-networks.ts';
import { type StateSizes, stateSizes } from './state-sizes.ts';

/** What a family is known by, and how its sizes are read. */
type Family = {
  /** A name of its own that the tensors of its first block start with. */
  readonly block: string;
  /** Its first convolution. */
  readonly stem: string;
  readonly read: (where: string, sizes: StateSizes, options: RecognizeOptions) => Architecture;
  /** Its classifier. */
  readonly head: string;
};

export type RecognizeOptions = {
  /** Of a PreActResNet: what the convolutions of its shortcuts take; needed where it does not normalise last, see `preact`. */
  readonly projects?: ProjectionInput;
};

const FAMILIES: readonly Family[] = [
  { block: 'block1.layer.0.', stem: 'conv1.weight', head: 'fc.weight', read: wide },
  { block: 'layer.0.block.0.', stem: 'init_conv.weight', head: 'logits.weight', read: dmWide },
  { block: 'layer_0.0.', stem: 'conv_2d.weight', head: 'logits.weight', read: dmPreact },
  { block: 'layer1.0.', stem: 'conv1.weight', head: 'linear.weight', read: residual },
];

/** Names shown of a state_dict that is of no known family. */
const NAMES_SHOWN = 6;

/** The network of a state_dict, and its number of input channels. */
export type RecognizedArchitecture = {
  readonly architecture: Architecture;
  readonly channels: number;
  /** Columns of the classifier's weights. */
  readonly columns: number;
};

/** The names that the first blocks of the known families start with; what comes before them in a file's names is a prefix. */
export const FIRST_BLOCKS: readonly string[] = FAMILIES.map(({ block }) => block);

/**
 * Reads kind, widths, blocks a stage, classes and input channels off the names and shapes of a state_dict.
 * @param state - With the networks' own names: without `module.` and other prefixes.
 * @throws {CheckpointError} if it is of no known family, naming what it has and what the families have; if it is a known network that is
 * not built here, by its name; or if its sizes contradict each other.
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
  // the plain one normalises right after its first convolution
  if (!sizes.hasUnder('bn1.')) return preact(where, sizes, { ...options, stem, projects });
  const block = sizes.hasUnder('layer1.0.conv3.') ? 'bottleneck' : 'basic';
  return { family: 'resnet', options: { ...options, block, stem: stemOf(where, sizes, widths) } };
}

/** A 3x3 stem by its filters; a 7x7 one is ImageNet's. */
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
 * Three PreActResNets are published. AWP's and Rice et al.'s normalise last, and the shortcuts take what was activated. Of those that do
 * not, no tensor tells whose they are: pytorch-cifar's shortcuts take what was activated, Wong et al.'s and Andriushchenko and
 * Flammarion's the input.
 * @throws {CheckpointError} for these, without `projects`.
 */
function preact(where: string, sizes: StateSizes, { projects, ...options }: PreactSizes): Architecture {
  const head = sizes.hasUnder('bn.') ? 'normalized' : 'plain';
  const hasProjection = sizes.endsWith('.shortcut.0.weight');
  if (head === 'plain' && projects === undefined && hasProjection) {
    throw new CheckpointError(
      `${where}: two PreActResNets without a last batch normalisation are published, which no tensor tells apart. Pass projects: 'activated' for pytorch-cifar's, whose shortcuts take what was activated, or projects: 'input' for Wong et al.'s, whose shortcuts take the block's input.`,
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

/** Blocks and width of each stage, as far as stages follow one another without a gap. */
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

/** Published WideResNets have the widths (16, 32, 64) times a factor, and a stem of 16; others are taken as they are. */
function widened(groups: readonly number[], stem: number): { widen: number; widths: readonly number[]; stem: number } {
  const factor = (groups[0] ?? 0) / stem;
  const divides = Number.isInteger(factor) && groups.every((width) => width % factor === 0);
  return divides
    ? { widen: factor, widths: groups.map((width) => width / factor), stem }
    : { widen: 1, widths: groups, stem };
}

/**
 * A network is built only if the tensors are there to fill it: shapes of a damaged or hostile file may name a width of millions in a
 * tensor that is otherwise empty or thin. Every block has a convolution from its width to its width.
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
    `${where}: widths [${widths.join(', ')}] with blocks [${blocks.join(', ')}], stem ${stem} and ${classes} classes do not go with ` +
      `tensors of ${values} values in all. The shapes are of another architecture, or damaged.`,
    { argument: 'tensors', received: values },
  );
}

/** One output is one sigmoid; two classes are two logits, of which the first may be 0. */
function refuseSingleOutput(where: string, head: string, sizes: StateSizes): void {
  if (sizes.size(head, 0) > 1) return;
  const bias = head.replace(/weight$/, 'bias');
  throw new CheckpointError(
    `${where}: the network has a single output, '${head}' [1, ${sizes.size(head, 1)}], and a classifier needs one a class: two for two classes. If it went through a sigmoid, the logits 0 and its output are the same classifier; in PyTorch: ` +
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
