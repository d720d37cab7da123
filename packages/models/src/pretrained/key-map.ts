import { prefixInFile, wrappersInside } from '../weights/module-names.ts';
import type { StateTensors } from '../weights/state-tensor.ts';
import { translateNames } from './dialects.ts';
import { findNormalization, type NormalizationBuffers } from './find-normalization.ts';
import { type LeaveOut, leftOutNames } from './leave-out.ts';
import { type NamedTensor, splitByNetwork } from './network-prefix.ts';
import { plainWeights } from './reparametrized.ts';

/** The tensors of a file under the network's own names, and the other tensors. */
export type KeyMap = {
  /** Prefix of the network's names in the file: `module.`, `model.`, `1.`; `''` if there is none. */
  readonly prefix: string;
  readonly network: StateTensors;
  /** Maps a name of the network to the name in the file. */
  readonly nameInFile: (name: string) => string;
  /** Names in the file of tensors outside the network that the options do not leave out. */
  readonly unexpected: readonly string[];
  /** Buffers of mean and std that normalize images, if the file has both. */
  readonly normalization: NormalizationBuffers | undefined;
  /** Names of tensors on which the network's output does not depend. */
  readonly ignored: readonly string[];
  /** Names that the options leave out. */
  readonly leftOut: readonly string[];
  /** One line for each translation of names and each computation of weights. */
  readonly notes: readonly string[];
  /** Whether the names are torchvision's or timm's. */
  readonly isTorchvision: boolean;
};

/** Which tensors of a file belong to the network. */
export type KeyMapOptions = {
  /** Prefix of the names of the network to load. */
  readonly prefix?: string | undefined;
  readonly leaveOut?: LeaveOut | undefined;
};

/** MadryLab's `robustness` saves a second copy of the network inside its attacker. */
const ATTACKER = /(^|\.)attacker\./;

/** Counters of batches, of averaged weights and of updates, and the unused `sub_block1` of published WideResNets. */
const IGNORED = /(^|\.)(num_batches_tracked|n_averaged|num_updates)$|^sub_block1\./;

/**
 * Removes prefixes and wrappers from the names, translates torchvision's names, computes parametrized weights, and separates the buffers
 * that normalize images. Other tensors outside the network are `unexpected` unless the options leave them out.
 * @throws {CheckpointError} if the file holds several networks and none is chosen.
 * @throws {InvalidArgumentError} for a pattern that matches no tensor.
 */
export function mapKeys(where: string, tensors: StateTensors, { prefix, leaveOut = [] }: KeyMapOptions = {}): KeyMap {
  const attacker = [...tensors.keys()].filter((name) => ATTACKER.test(name));
  const leftOut = leftOutNames(where, tensors, leaveOut);
  const own = new Map([...tensors].filter(([name]) => !ATTACKER.test(name) && !leftOut.has(name)));
  const plain = plainWeights(own);
  const split = splitByNetwork(where, plain.tensors, prefix);
  const normalization = findNormalization(byFile([...split.inside, ...split.outside]));
  const isNetwork = ({ file }: NamedTensor): boolean => !normalization?.buffers.includes(file);
  const inside = split.inside.filter(isNetwork);
  const translated = translateNames(inside, split.outside.filter(isNetwork));
  const rest = translated.outside.filter(({ name }) => !IGNORED.test(name));
  const unexpected = prefix === undefined ? rest : [];
  const counted = [...translated.inside, ...translated.outside].filter(({ name }) => IGNORED.test(name));
  const network = translated.inside.filter(({ name }) => !IGNORED.test(name));
  const files = new Map(network.map(({ name, file }) => [name, file]));
  const start = prefixOf(split.inside);
  return {
    prefix: start,
    network: new Map(network.map(({ name, tensor }) => [name, tensor])),
    nameInFile: (name) => files.get(name) ?? name,
    unexpected: unexpected.map(({ file }) => file),
    normalization: normalization?.values,
    ignored: [...attacker, ...counted.map(({ file }) => file)],
    leftOut: [...leftOut, ...(prefix === undefined ? [] : [...split.others, ...rest].map(({ file }) => file))],
    notes: [...plain.notes, ...insideNotes(inside, start), ...translated.notes],
    isTorchvision: translated.isTorchvision,
  };
}

function byFile(named: readonly NamedTensor[]): StateTensors {
  return new Map(named.map(({ file, tensor }) => [file, tensor]));
}

/** The prefix of the network's names in the file, including wrappers. */
function prefixOf(inside: readonly NamedTensor[]): string {
  const [first] = inside.filter(({ name }) => /^(layer|block|init_conv|conv)/.test(name));
  return first ? prefixInFile(first.file, first.name) : '';
}

function insideNotes(inside: readonly NamedTensor[], prefix: string): readonly string[] {
  const files = inside.map(({ file }) => file);
  return wrappersInside(files, prefix).map((wrapper) => `names without '${wrapper}.' inside`);
}
