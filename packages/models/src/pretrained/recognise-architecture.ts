import { CheckpointError } from '@st/core';

import type { ProjectionInput } from '../nets/preact-block.ts';
import type { StateTensors } from '../weights/state-tensor.ts';
import type { Architecture } from './architecture.ts';
import { type StateSizes, stateSizes } from './state-sizes.ts';

/** What a family is known by, and how its sizes are read. */
type Family = {
  /** A name of its own that the tensors of its first block start with. */
  readonly block: string;
  /** Its first convolution. */
  readonly stem: string;
  readonly read: (sizes: StateSizes, options: RecogniseOptions) => Architecture;
};

export type RecogniseOptions = {
  /** Of a PreActResNet: what the convolutions of its shortcuts take. Default: by whether it normalises last, see `preact`. */
  readonly projects?: ProjectionInput;
};

const FAMILIES: readonly Family[] = [
  { block: 'block1.layer.0.', stem: 'conv1.weight', read: wide },
  { block: 'layer.0.block.0.', stem: 'init_conv.weight', read: dmWide },
  { block: 'layer_0.0.', stem: 'conv_2d.weight', read: dmPreact },
  { block: 'layer1.0.', stem: 'conv1.weight', read: residual },
];

/** Names shown of a state_dict that is of no known family. */
const NAMES_SHOWN = 6;

/** The network of a state_dict, and its number of input channels. */
export type RecognisedArchitecture = {
  readonly architecture: Architecture;
  readonly channels: number;
};

/** The names that the first blocks of the known families start with; what comes before them in a file's names is a prefix. */
export const FIRST_BLOCKS: readonly string[] = FAMILIES.map(({ block }) => block);

/**
 * Reads kind, widths, blocks a stage, classes and input channels off the names and shapes of a state_dict.
 * @param state - With the networks' own names: without `module.` and other prefixes.
 * @throws {CheckpointError} if it is of no known family, naming what it has and what the families have; or if its sizes contradict each other.
 */
export function recogniseArchitecture(
  where: string,
  state: StateTensors,
  options: RecogniseOptions = {},
): RecognisedArchitecture {
  const sizes = stateSizes(where, state);
  const family = FAMILIES.find(({ block }) => sizes.hasUnder(block));
  if (!family) throw unknown(where, state);
  const architecture = family.read(sizes, options);
  refuseContradictions(where, architecture, sizes);
  return { architecture, channels: sizes.size(family.stem, 1) };
}

function residual(sizes: StateSizes, { projects }: RecogniseOptions): Architecture {
  const { blocks, widths } = stagesOf(sizes, (stage) => `layer${stage + 1}.`, 'conv1');
  const options = { blocks, widths, stem: sizes.size('conv1.weight', 0), classes: sizes.size('linear.weight', 0) };
  // the plain one normalises right after its first convolution
  if (!sizes.hasUnder('bn1.')) return preact(sizes, options, projects);
  const block = sizes.hasUnder('layer1.0.conv3.') ? 'bottleneck' : 'basic';
  return { family: 'resnet', options: { ...options, block } };
}

/**
 * Two PreActResNets are published, which no name tells apart: the shortcuts of AWP's and Rice et al.'s (which normalise last) take what was
 * activated, those of Wong et al.'s and Andriushchenko and Flammarion's (which do not) the input.
 */
function preact(
  sizes: StateSizes,
  options: { blocks: readonly number[]; widths: readonly number[]; stem: number; classes: number },
  projects: ProjectionInput | undefined,
): Architecture {
  const head = sizes.hasUnder('bn.') ? 'normalized' : 'plain';
  const usual = head === 'normalized' ? 'activated' : 'input';
  return { family: 'preact-resnet', options: { ...options, head, projects: projects ?? usual } };
}

function wide(sizes: StateSizes): Architecture {
  const stem = sizes.size('conv1.weight', 0);
  const groups = [0, 1, 2].map((group) => sizes.size(`block${group + 1}.layer.0.conv1.weight`, 0));
  const depth = depthOf(sizes.numbersAfter('block1.layer.').length);
  return { family: 'wide-resnet', options: { depth, ...widened(groups, stem), classes: sizes.size('fc.weight', 0) } };
}

function dmWide(sizes: StateSizes): Architecture {
  const stem = sizes.size('init_conv.weight', 0);
  const groups = [0, 1, 2].map((group) => sizes.size(`layer.${group}.block.0.conv_0.weight`, 0));
  const depth = depthOf(sizes.numbersAfter('layer.0.block.').length);
  const classes = sizes.size('logits.weight', 0);
  return { family: 'dm-wide-resnet', options: { depth, ...widened(groups, stem), classes } };
}

function dmPreact(sizes: StateSizes): Architecture {
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
  const { stem, classes } = options;
  const isWide = family === 'wide-resnet' || family === 'dm-wide-resnet';
  const widths = isWide ? options.widths.map((width) => width * options.widen) : options.widths;
  const blocks = isWide ? widths.map(() => (options.depth - 4) / 6) : options.blocks;
  const last = widths.at(-1) ?? 0;
  const least = widths.reduce((sum, width, i) => sum + width * width * (blocks[i] ?? 0), 0);
  if (least + stem * (widths[0] ?? 0) + last * classes <= values && classes >= 2) return;
  throw new CheckpointError(
    `${where}: widths [${widths.join(', ')}] with blocks [${blocks.join(', ')}], stem ${stem} and ${classes} classes do not go with ` +
      `tensors of ${values} values in all. The file is damaged, or of another architecture.`,
    { argument: 'tensors', received: values },
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
