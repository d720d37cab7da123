import type { StateTensor, StateTensors } from '../weights/state-tensor.ts';
import { FIRST_BLOCKS } from './recognise-architecture.ts';

/** The tensors of a file under the network's own names, and what was beside them. */
export type KeyMap = {
  /** What stood before every name of the network: `module.`, `model.`, `1.`; `''` for nothing. */
  readonly prefix: string;
  readonly network: StateTensors;
  /** Buffers that normalise images, if there are two of a kind. */
  readonly normalization:
    | { readonly mean: readonly number[]; readonly std: readonly number[]; readonly names: string }
    | undefined;
  /** Names that say nothing of the network's output. */
  readonly ignored: readonly string[];
};

/** Names of the two buffers, as published modules register them. */
const NORMALIZATION_PAIRS = [
  ['mean', 'std'],
  ['mu', 'sigma'],
  ['new_mean', 'new_std'],
] as const;

/** MadryLab's `robustness` saves the network a second time inside its attacker. */
const ATTACKER = /(^|\.)attacker\./;

/**
 * Takes prefixes off the names, and normalisation out of the tensors. What is under another prefix than the network's, and is no
 * normalisation, stays: loading then names it as unknown.
 */
export function mapKeys(tensors: StateTensors): KeyMap {
  const own = new Map([...tensors].filter(([name]) => !ATTACKER.test(name)));
  const prefix = prefixOf([...own.keys()]);
  const normalization = findNormalization(own);
  const network = new Map<string, StateTensor>();
  for (const [name, tensor] of own) {
    if (normalization?.buffers.includes(name)) continue;
    network.set(name.startsWith(prefix) ? name.slice(prefix.length) : name, tensor);
  }
  const attacker = [...tensors.keys()].filter((name) => ATTACKER.test(name));
  const unread = [...network.keys()].filter(isIgnored).map((name) => `${prefix}${name}`);
  return { prefix, network, normalization: normalization?.values, ignored: [...attacker, ...unread] };
}

/** Counters of batches, and the block of published WideResNets that is never called. */
function isIgnored(name: string): boolean {
  return name.endsWith('.num_batches_tracked') || name.startsWith('sub_block1.');
}

/** The shortest of what stands before the name of a first block: nothing, or a path that ends in a dot. */
function prefixOf(names: readonly string[]): string {
  const prefixes = names.flatMap((name) =>
    FIRST_BLOCKS.map((block) => name.indexOf(block))
      .filter((at) => at === 0 || name[at - 1] === '.')
      .map((at) => name.slice(0, at)),
  );
  return prefixes.reduce((a, b) => (b.length < a.length ? b : a), prefixes[0] ?? '');
}

function findNormalization(tensors: StateTensors) {
  for (const [meanName, stdName] of NORMALIZATION_PAIRS) {
    for (const [name, tensor] of tensors) {
      if (name !== meanName && !name.endsWith(`.${meanName}`)) continue;
      const beside = `${name.slice(0, -meanName.length)}${stdName}`;
      const [mean, std] = [channelValues(tensor), channelValues(tensors.get(beside))];
      if (!mean || !std || mean.length !== std.length || std.some((value) => value <= 0)) continue;
      return { buffers: [name, beside], values: { mean, std, names: `'${name}' and '${beside}'` } };
    }
  }
  return undefined;
}

/** The values of `[channels]`, `[channels, 1, 1]` or `[1, channels, 1, 1]`; nothing for other tensors, or values that are not finite. */
function channelValues(tensor: StateTensor | undefined): readonly number[] | undefined {
  if (!tensor || tensor.data.length > MOST_CHANNELS) return undefined;
  const values = Array.from(tensor.data, Number);
  const isVector = tensor.shape.filter((length) => length !== 1).length <= 1;
  return isVector && values.length > 0 && values.every(Number.isFinite) ? values : undefined;
}

/** Of images; a longer vector is something else's mean. */
const MOST_CHANNELS = 16;
