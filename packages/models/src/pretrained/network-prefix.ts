import { CheckpointError } from '@st/core';
import { unwrappedNames } from '../weights/module-names.ts';
import type { StateTensor, StateTensors } from '../weights/state-tensor.ts';
import { FIRST_BLOCKS } from './recognize-architecture.ts';

/** A tensor with its name in the file and its name without wrappers and prefix. */
export type NamedTensor = { readonly file: string; readonly name: string; readonly tensor: StateTensor };

/** The tensors of a file, split by network. */
export type NetworkSplit = {
  /** Prefix of the chosen network's unwrapped names: `''`, `student.`. */
  readonly prefix: string;
  /** Tensors of the chosen network, named without the prefix. */
  readonly inside: readonly NamedTensor[];
  /** Tensors of no network. */
  readonly outside: readonly NamedTensor[];
  /** Tensors of other networks. */
  readonly others: readonly NamedTensor[];
};

/**
 * Finds the network to load: the one that the caller chose, or the only one.
 * @param chosen - The option `prefix`; its last dot may be omitted.
 * @throws {CheckpointError} if there are several networks and none is chosen, or no network has the chosen prefix.
 */
export function splitByNetwork(where: string, tensors: StateTensors, chosen: string | undefined): NetworkSplit {
  const unwrapped = unwrappedNames(tensors);
  const prefixes = networkPrefixes([...unwrapped.values()]);
  const prefix = choosePrefix(where, prefixes, chosen);
  const split: Record<'inside' | 'outside' | 'others', NamedTensor[]> = { inside: [], outside: [], others: [] };
  for (const [file, tensor] of tensors) {
    const name = unwrapped.get(file) ?? file;
    // prefixes are sorted by length: a tensor belongs to the network with the longest prefix of its name, as '' is a prefix of every name
    const owner = prefixes.filter((start) => name.startsWith(start)).at(-1);
    if (owner !== prefix && prefixes.length > 0)
      split[owner === undefined ? 'outside' : 'others'].push({ file, name, tensor });
    else split.inside.push({ file, name: name.slice(prefix.length), tensor });
  }
  return { prefix, ...split };
}

/** The prefixes of the networks in a file, shortest first: what precedes the first block of a known family. */
function networkPrefixes(names: readonly string[]): readonly string[] {
  const prefixes = names.flatMap((name) =>
    FIRST_BLOCKS.map((block) => name.indexOf(block))
      .filter((at) => at === 0 || name[at - 1] === '.')
      .map((at) => name.slice(0, at)),
  );
  return [...new Set(prefixes)].sort((a, b) => a.length - b.length);
}

function choosePrefix(where: string, prefixes: readonly string[], chosen: string | undefined): string {
  const listed = prefixes.map((prefix) => `'${prefix}'`).join(', ');
  if (chosen !== undefined) {
    const found = prefixes.find((prefix) =>
      [prefix, `module.${prefix}`].some((p) => p === chosen || p === `${chosen}.`),
    );
    if (found !== undefined) return found;
    throw new CheckpointError(
      `${where}: prefix must be the prefix of a network's names, ${prefixes.length > 0 ? `one of ${listed}` : 'but no network is recognized'}, got '${chosen}'.`,
      { argument: 'prefix', received: chosen },
    );
  }
  if (prefixes.length <= 1) return prefixes[0] ?? '';
  throw new CheckpointError(
    `${where}: the tensors belong to ${prefixes.length} networks, with the prefixes ${listed}. Choose one by an option: prefix: '${prefixes.at(-1)}'.`,
    { argument: 'prefix', received: prefixes },
  );
}
