import { prefixInFile, wrappersInside } from '../weights/module-names.ts';
import type { StateTensors } from '../weights/state-tensor.ts';
import { translateNames } from './dialects.ts';
import { findNormalization, type NormalizationBuffers } from './find-normalization.ts';
import { type LeaveOut, leftOutNames } from './leave-out.ts';
import { type NamedTensor, splitByNetwork } from './network-prefix.ts';
import { plainWeights } from './reparametrized.ts';

/** The tensors of a file under the network's own names, and what was beside them. */
export type KeyMap = {
  /** What stood before every name of the network: `module.`, `model.`, `1.`; `''` for nothing. */
  readonly prefix: string;
  readonly network: StateTensors;
  /** The name in the file of a tensor of the network. */
  readonly nameInFile: (name: string) => string;
  /** Names in the file of tensors that are beside the network, and of which nobody said that they are left out. */
  readonly strange: readonly string[];
  /** Buffers that normalise images, if there are two of a kind. */
  readonly normalization: NormalizationBuffers | undefined;
  /** Names that say nothing of the network's output. */
  readonly ignored: readonly string[];
  /** Names left out because the caller said so. */
  readonly leftOut: readonly string[];
  /** What was read as what, and what was computed, each in a line. */
  readonly notes: readonly string[];
  /** Whether the names are torchvision's and timm's. */
  readonly isTorchvision: boolean;
};

/** Which of a file's tensors are the network's. */
export type KeyMapOptions = {
  /** What stands before the names of the network to load. */
  readonly prefix?: string | undefined;
  readonly leaveOut?: LeaveOut | undefined;
};

/** MadryLab's `robustness` saves the network a second time inside its attacker. */
const ATTACKER = /(^|\.)attacker\./;

/** Counters of batches, of averaged weights and of updates, and the block of published WideResNets that is never called. */
const IGNORED = /(^|\.)(num_batches_tracked|n_averaged|num_updates)$|^sub_block1\./;

/**
 * Takes prefixes and wrappers off the names, translates torchvision's, computes weights that are parametrized, and takes normalisation out
 * of the tensors. What is none of these, and was not left out, is strange.
 * @throws {CheckpointError} for several networks of which none was chosen.
 * @throws {InvalidArgumentError} for a pattern that fits no tensor.
 */
export function mapKeys(where: string, tensors: StateTensors, { prefix, leaveOut = [] }: KeyMapOptions = {}): KeyMap {
  const attacker = [...tensors.keys()].filter((name) => ATTACKER.test(name));
  const asked = leftOutNames(where, tensors, leaveOut);
  const own = new Map([...tensors].filter(([name]) => !ATTACKER.test(name) && !asked.has(name)));
  const plain = plainWeights(own);
  const split = splitByNetwork(where, plain.tensors, prefix);
  const normalization = findNormalization(byFile([...split.inside, ...split.outside]));
  const isNetwork = ({ file }: NamedTensor): boolean => !normalization?.buffers.includes(file);
  const inside = split.inside.filter(isNetwork);
  const translated = translateNames(inside, split.outside.filter(isNetwork));
  const rest = translated.outside.filter(({ name }) => !IGNORED.test(name));
  const strange = prefix === undefined ? rest : [];
  const counted = [...translated.inside, ...translated.outside].filter(({ name }) => IGNORED.test(name));
  const network = translated.inside.filter(({ name }) => !IGNORED.test(name));
  const files = new Map(network.map(({ name, file }) => [name, file]));
  const start = prefixOf(split.inside);
  return {
    prefix: start,
    network: new Map(network.map(({ name, tensor }) => [name, tensor])),
    nameInFile: (name) => files.get(name) ?? name,
    strange: strange.map(({ file }) => file),
    normalization: normalization?.values,
    ignored: [...attacker, ...counted.map(({ file }) => file)],
    leftOut: [...asked, ...(prefix === undefined ? [] : [...split.others, ...rest].map(({ file }) => file))],
    notes: [...plain.notes, ...insideNotes(inside, start), ...translated.notes],
    isTorchvision: translated.isTorchvision,
  };
}

function byFile(named: readonly NamedTensor[]): StateTensors {
  return new Map(named.map(({ file, tensor }) => [file, tensor]));
}

/** What the file has before a network's names, wrappers included. */
function prefixOf(inside: readonly NamedTensor[]): string {
  const [first] = inside.filter(({ name }) => /^(layer|block|init_conv|conv)/.test(name));
  return first ? prefixInFile(first.file, first.name) : '';
}

function insideNotes(inside: readonly NamedTensor[], prefix: string): readonly string[] {
  const files = inside.map(({ file }) => file);
  return wrappersInside(files, prefix).map((wrapper) => `names without '${wrapper}.' inside`);
}
