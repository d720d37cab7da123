import { CheckpointError } from '@st/core';
import { unwrappedNames } from '../weights/module-names.ts';
import type { StateTensor, StateTensors } from '../weights/state-tensor.ts';
import { FIRST_BLOCKS } from './recognize-architecture.ts';

/** A tensor, by its name in the file and by its name without wrappers and prefix. */
export type NamedTensor = { readonly file: string; readonly name: string; readonly tensor: StateTensor };

/** The tensors of a file by whose they are. */
export type NetworkSplit = {
  /** Of unwrapped names: `''`, `student.`. */
  readonly prefix: string;
  /** The network's, without the prefix. */
  readonly inside: readonly NamedTensor[];
  /** Those beside it. */
  readonly outside: readonly NamedTensor[];
  /** Those of networks that were not chosen. */
  readonly others: readonly NamedTensor[];
};

/**
 * Finds the network to load: the one that there is, or the one that the caller chose.
 * @param chosen - The option `prefix`; its last dot may be left out.
 * @throws {CheckpointError} for several networks of which none was chosen, or a choice that is not there.
 */
export function splitByNetwork(where: string, tensors: StateTensors, chosen: string | undefined): NetworkSplit {
  const unwrapped = unwrappedNames(tensors);
  const prefixes = networkPrefixes([...unwrapped.values()]);
  const prefix = choosePrefix(where, prefixes, chosen);
  const split: Record<'inside' | 'outside' | 'others', NamedTensor[]> = { inside: [], outside: [], others: [] };
  for (const [file, tensor] of tensors) {
    const name = unwrapped.get(file) ?? file;
    // of the prefixes that it starts with, the longest is whose it is: '' is before every name
    const owner = prefixes.filter((start) => name.startsWith(start)).at(-1);
    if (owner !== prefix && prefixes.length > 0)
      split[owner === undefined ? 'outside' : 'others'].push({ file, name, tensor });
    else split.inside.push({ file, name: name.slice(prefix.length), tensor });
  }
  return { prefix, ...split };
}

/** What stands before the names of the networks in a file, the shortest first; the first blocks of the known families tell. */
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
      `${where}: prefix must be what stands before a network's names, ${prefixes.length > 0 ? `one of ${listed}` : 'but no network is recognised'}, got '${chosen}'.`,
      { argument: 'prefix', received: chosen },
    );
  }
  if (prefixes.length <= 1) return prefixes[0] ?? '';
  throw new CheckpointError(
    `${where}: the tensors are those of ${prefixes.length} networks, whose names start with ${listed}. Choose one by the option prefix: prefix: '${prefixes.at(-1)}'.`,
    { argument: 'prefix', received: prefixes },
  );
}
