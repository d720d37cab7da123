import { DataFormatError } from '@st/core';

import { numpyDtype, numpyScalar } from './numpy-scalar.ts';
import { isGlobal, nameOfKind, setItem } from './pickle-objects.ts';
import type { CallContext, PickleGlobal, PickleUnread, PickleValue } from './pickle-value.ts';
import { rebuildTensor } from './rebuild-tensor.ts';
import { STORAGE_TYPES } from './storage-types.ts';

/**
 * Returns the class or function with this name. Names that weights do not need are accepted as placeholders for objects that are not read, but
 * `call` refuses to call them, because in Python such a call could run any code.
 */
export function allowedGlobal(name: string): PickleGlobal | PickleValue {
  return ALLOWED.get(name) ?? { kind: 'global', name };
}

type Call = NonNullable<PickleGlobal['call']>;

const CALLS: Readonly<Record<string, Call>> = {
  'torch._utils._rebuild_tensor': rebuildTensor,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  // (data, requires_grad, hooks [, state]): parameters and buffers are treated alike
  'torch._utils._rebuild_parameter': firstArgument,
  'torch._utils._rebuild_parameter_with_state': firstArgument,
  'torch._tensor._rebuild_from_type_v2': rebuildFromType,
  'torch.Size': listOf,
  'torch.device': ([type = '', index], { where }) => deviceName(where, type, index),
  'collections.OrderedDict': dictOf,
  'collections.Counter': dictOf,
  'collections.defaultdict': () => new Map(), // (factory): the factory is never called
  'builtins.set': listOf,
  '__builtin__.set': listOf,
  'builtins.frozenset': listOf,
  '__builtin__.frozenset': listOf,
  '_codecs.encode': encodeLatin1,
  'numpy.dtype': numpyDtype,
  'numpy.core.multiarray.scalar': numpyScalar,
  'numpy._core.multiarray.scalar': numpyScalar,
  // how Python rebuilds an object of a plain class
  'copyreg._reconstructor': ([type], { where }) => unreadOf(where, type),
  'copy_reg._reconstructor': ([type], { where }) => unreadOf(where, type),
  ...Object.fromEntries(notRead()),
};

/** Python functions that construct values of other classes in checkpoints. Each call returns a placeholder of the named class. */
function notRead(): readonly [string, Call][] {
  const arrays = ['multiarray._reconstruct', 'numeric._frombuffer'].flatMap((call) =>
    ['numpy.core', 'numpy._core'].map((module): [string, string] => [`${module}.${call}`, 'numpy.ndarray']),
  );
  const paths = ['PosixPath', 'WindowsPath', 'PurePosixPath', 'PureWindowsPath'].flatMap((type) => [
    `pathlib.${type}`,
    `pathlib._local.${type}`,
  ]);
  const times = ['datetime', 'date', 'time', 'timedelta', 'timezone'].map((type) => `datetime.${type}`);
  const others = ['types.SimpleNamespace', 'collections.deque', 'decimal.Decimal', 'fractions.Fraction', 'uuid.UUID'];
  const own = [...paths, ...times, ...others].map((name): [string, string] => [name, name]);
  return [...arrays, ...own].map(([name, type]): [string, Call] => [name, () => unread(type)]);
}

/** Types that checkpoints store as values; they are read as their names. */
const TYPE_NAMES: readonly string[] = [
  ...['float32', 'float64', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'].map(
    (type) => `torch.${type}`,
  ),
  ...['dict', 'list', 'int', 'float', 'bool', 'str'].flatMap((type) => [`builtins.${type}`, `__builtin__.${type}`]),
  'torch.Tensor',
  'torch.nn.parameter.Parameter',
  'torch.nn.parameter.Buffer',
];

const ALLOWED: ReadonlyMap<string, PickleGlobal | string> = new Map<string, PickleGlobal | string>([
  ...Object.entries(CALLS).map(([name, call]): [string, PickleGlobal] => [name, { kind: 'global', name, call }]),
  ...[...STORAGE_TYPES].map(([name, dtype]): [string, PickleGlobal] => [name, { kind: 'global', name, dtype }]),
  ...TYPE_NAMES.map((name): [string, string] => [name, name]),
]);

/** Maximum length of a string that is encoded to bytes, enough for a numpy scalar. Encoding the longer strings of arrays repeatedly would exhaust memory. */
const MAX_ENCODED = 64;

function firstArgument([data = null]: readonly PickleValue[]): PickleValue {
  return data;
}

/** A list, tuple or set with the members of its one argument. */
function listOf([members = []]: readonly PickleValue[], { where, spend }: CallContext): PickleValue {
  if (!Array.isArray(members)) throw badArgument(where, members);
  spend(members.length);
  return [...members];
}

/** An empty dict, or a dict from another dict or from pairs. */
function dictOf([source = []]: readonly PickleValue[], { where, spend }: CallContext): PickleValue {
  if (!(source instanceof Map) && !Array.isArray(source)) throw badArgument(where, source);
  const dict = new Map();
  for (const pair of source) {
    spend(1);
    if (!Array.isArray(pair) || pair.length !== 2) throw badArgument(where, source);
    setItem(where, dict, pair[0], pair[1]);
  }
  return dict;
}

function deviceName(where: string, type: PickleValue, index: PickleValue | undefined): string {
  if (typeof type !== 'string') throw badArgument(where, type);
  return typeof index === 'number' ? `${type}:${index}` : type;
}

/** The encoding of bytes in pickles of protocol 2. */
function encodeLatin1([text, encoding]: readonly PickleValue[], { where, spend }: CallContext): PickleValue {
  if (typeof text !== 'string' || encoding !== 'latin1') throw badArgument(where, text ?? null);
  if (text.length > MAX_ENCODED) return unread('bytes');
  spend(text.length);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** (function, type, arguments, state): a tensor or parameter with additional attributes, which are dropped. */
function rebuildFromType([callee, , args]: readonly PickleValue[], context: CallContext): PickleValue {
  if (isGlobal(callee) && callee.call === rebuildTensor && Array.isArray(args)) return rebuildTensor(args, context);
  throw badArgument(context.where, callee ?? null);
}

function unread(name: string): PickleUnread {
  return { kind: 'unread', name, items: new Map() };
}

function unreadOf(where: string, type: PickleValue | undefined): PickleUnread {
  if (isGlobal(type)) return unread(type.name);
  throw badArgument(where, type ?? null);
}

function badArgument(where: string, value: PickleValue): DataFormatError {
  return new DataFormatError(
    `${where}: a list, dict, device or bytes must be constructed from matching values, got ${nameOfKind(value)}. The file is damaged.`,
    { argument: 'bytes' },
  );
}
