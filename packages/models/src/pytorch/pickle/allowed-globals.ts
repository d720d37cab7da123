import { DataFormatError } from '@st/core';

import { numpyDtype, numpyScalar } from './numpy-scalar.ts';
import { nameOfKind, setItem } from './pickle-objects.ts';
import type { CallContext, PickleGlobal, PickleValue } from './pickle-value.ts';
import { rebuildTensor } from './rebuild-tensor.ts';
import { STORAGE_TYPES } from './storage-types.ts';

/**
 * The class or function of a name, if weights are made of it.
 * @throws {DataFormatError} for every other, by name: unpickling it in Python could run anything.
 */
export function allowedGlobal(where: string, name: string): PickleGlobal | PickleValue {
  const found = ALLOWED.get(name);
  if (found !== undefined) return found;
  throw new DataFormatError(
    `${where}: must hold tensors and plain values alone, but names '${name}'. Nothing was run. PyTorch would run it on opening the file: ` +
      'if you trust its source, save model.state_dict() by itself there.',
    { argument: 'bytes', received: name },
  );
}

type Call = NonNullable<PickleGlobal['call']>;

const CALLS: Readonly<Record<string, Call>> = {
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  // (data, requires_grad, hooks [, state]): what is a parameter and what a buffer makes no difference here
  'torch._utils._rebuild_parameter': first,
  'torch._utils._rebuild_parameter_with_state': first,
  'torch.Size': listOf,
  'torch.device': ([type = '', index], { where }) => deviceName(where, type, index),
  'collections.OrderedDict': dictOf,
  'collections.Counter': dictOf,
  'collections.defaultdict': () => new Map(), // (factory): what it makes is never asked for
  'builtins.set': listOf,
  '__builtin__.set': listOf,
  'builtins.frozenset': listOf,
  '__builtin__.frozenset': listOf,
  '_codecs.encode': encodeLatin1,
  'numpy.dtype': numpyDtype,
  'numpy.core.multiarray.scalar': numpyScalar,
  'numpy._core.multiarray.scalar': numpyScalar,
};

/** Types that stand in checkpoints as values; they are read as their names. */
const TYPE_NAMES: readonly string[] = [
  ...['float32', 'float64', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'].map(
    (type) => `torch.${type}`,
  ),
  ...['dict', 'list', 'int', 'float', 'bool', 'str'].flatMap((type) => [`builtins.${type}`, `__builtin__.${type}`]),
];

const ALLOWED: ReadonlyMap<string, PickleGlobal | string> = new Map<string, PickleGlobal | string>([
  ...Object.entries(CALLS).map(([name, call]): [string, PickleGlobal] => [name, { kind: 'global', name, call }]),
  ...[...STORAGE_TYPES].map(([name, dtype]): [string, PickleGlobal] => [name, { kind: 'global', name, dtype }]),
  ...TYPE_NAMES.map((name): [string, string] => [name, name]),
]);

/** Longest text that is turned into bytes: those of a numpy scalar. Longer ones could be turned over and over. */
const MAX_ENCODED = 64;

function first([data = null]: readonly PickleValue[]): PickleValue {
  return data;
}

/** A list, tuple or set of the one argument's members. */
function listOf([members = []]: readonly PickleValue[], { where, spend }: CallContext): PickleValue {
  if (!Array.isArray(members)) throw misused(where, members);
  spend(members.length);
  return [...members];
}

/** A dict of nothing, of another dict, or of pairs. */
function dictOf([source = []]: readonly PickleValue[], { where, spend }: CallContext): PickleValue {
  if (!(source instanceof Map) && !Array.isArray(source)) throw misused(where, source);
  const dict = new Map();
  for (const pair of source) {
    spend(1);
    if (!Array.isArray(pair) || pair.length !== 2) throw misused(where, source);
    setItem(where, dict, pair[0], pair[1]);
  }
  return dict;
}

function deviceName(where: string, type: PickleValue, index: PickleValue | undefined): string {
  if (typeof type !== 'string') throw misused(where, type);
  return typeof index === 'number' ? `${type}:${index}` : type;
}

/** How pickles of protocol 2 write bytes. */
function encodeLatin1([text, encoding]: readonly PickleValue[], { where, spend }: CallContext): PickleValue {
  if (typeof text !== 'string' || text.length > MAX_ENCODED || encoding !== 'latin1')
    throw misused(where, text ?? null);
  spend(text.length);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function misused(where: string, value: PickleValue): DataFormatError {
  return new DataFormatError(
    `${where}: a list, dict, device or run of bytes must be made of what it holds, got ${nameOfKind(value)}. The file is damaged.`,
    { argument: 'bytes' },
  );
}
