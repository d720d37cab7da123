import { CheckpointError } from '@st/core';
import { describeValue } from '@st/core/kit';

import type { StateTensor, StateTensors } from '../weights/state-tensor.ts';
import {
  isPytorchTensor,
  isPytorchUnread,
  type PytorchDict,
  type PytorchTensor,
  type PytorchValue,
} from './pytorch-value.ts';

/** The weights in a checkpoint. */
export type FoundStateDict = {
  readonly tensors: StateTensors;
  /** Its keys in the checkpoint: `['state_dict']`; empty if it is the whole file. */
  readonly path: readonly string[];
  /** Paths of other state_dicts, such as averaged weights. */
  readonly others: readonly string[];
  /** What was skipped: objects that are not read, and values among the weights that are not tensors: `args (argparse.Namespace)`. */
  readonly skipped: readonly string[];
};

/** Names under which published code saves weights, most common first. */
const USUAL_NAMES = ['state_dict', 'model_state_dict', 'model_state', 'model', 'net', 'network', 'weights', 'params'];

/** Keys of dicts that hold tensors of an optimizer, scheduler or gradient scaler. */
const OPTIMIZER = /optim|^opt(_|$)|sched|scaler/i;

/** Maximum nesting of a state_dict in checkpoints of known trainers. */
const MAX_DEPTH = 4;

/** Number of keys shown of a file without weights. */
const SHOWN = 8;

/**
 * Finds the state_dict of a checkpoint: the value itself if it is a dict of tensors, else such a dict inside it, except the optimizer's.
 * @param at - Its keys, joined by dots (`'ema.state_dict'`). Default: the most common name, else the first.
 * @throws {CheckpointError} if there is none, with the contents of the file.
 * @throws {DataFormatError} if the values of a tensor are damaged in the file.
 */
export function findStateDict(where: string, value: PytorchValue, at?: string): FoundStateDict {
  const found = stateDictsIn(value, [], new Set());
  const rank = ({ path }: Candidate): number => {
    const index = USUAL_NAMES.indexOf(path.at(-1) ?? '');
    return path.length === 0 ? -1 : index < 0 ? USUAL_NAMES.length : index;
  };
  const [best, ...others] =
    at === undefined ? found.sort((a, b) => rank(a) - rank(b)) : found.filter(({ path }) => path.join('.') === at);
  if (!best) throw noStateDict(where, value, { found, at });
  const tensors = new Map<string, StateTensor>();
  for (const [name, { dtype, shape, read }] of best.tensors) tensors.set(name, { dtype, shape, data: read() });
  const skipped = [...unreadIn(value, [], new Set()), ...best.skipped];
  return { tensors, path: best.path, others: others.map(({ path }) => path.join('.')), skipped: [...new Set(skipped)] };
}

type Candidate = {
  readonly path: readonly string[];
  readonly tensors: ReadonlyMap<string, PytorchTensor>;
  readonly skipped: readonly string[];
};

/** @param seen - Dicts visited, so that a dict with many references is searched once. */
function stateDictsIn(value: PytorchValue, path: readonly string[], seen: Set<PytorchValue>): Candidate[] {
  if (!(value instanceof Map) || seen.has(value)) return [];
  seen.add(value);
  const own = asStateDict(value, path);
  if (path.length >= MAX_DEPTH) return own;
  const inner = [...(value as PytorchDict)].flatMap(([key, item]) =>
    typeof key === 'string' && !OPTIMIZER.test(key) ? stateDictsIn(item, [...path, key], seen) : [],
  );
  return [...own, ...inner];
}

/** Returns the dict if it holds tensors and one of their names has a dot, as the names of modules have. Other values in it are skipped. */
function asStateDict(dict: PytorchDict, path: readonly string[]): Candidate[] {
  const tensors = new Map<string, PytorchTensor>();
  const skipped: string[] = [];
  for (const [key, value] of dict) {
    if (typeof key !== 'string') return [];
    if (isPytorchTensor(value)) tensors.set(key, value);
    else if (!(value instanceof Map)) skipped.push(`${[...path, key].join('.')} (${kindOf(value)})`);
  }
  return [...tensors.keys()].some((name) => name.includes('.')) ? [{ path, tensors, skipped }] : [];
}

/** Paths and classes of the objects that are not read. */
function unreadIn(value: PytorchValue, path: readonly string[], seen: Set<PytorchValue>): string[] {
  if (isPytorchUnread(value)) return [`${path.join('.')} (${value.name})`];
  if (!(value instanceof Map) || seen.has(value) || path.length > MAX_DEPTH) return [];
  seen.add(value);
  return [...(value as PytorchDict)].flatMap(([key, item]) => unreadIn(item, [...path, String(key)], seen));
}

function kindOf(value: PytorchValue): string {
  if (isPytorchUnread(value)) return value.name;
  if (value === null) return 'None';
  if (Array.isArray(value)) return 'a list';
  return value instanceof Uint8Array ? 'bytes' : `a ${typeof value === 'bigint' ? 'number' : typeof value}`;
}

function noStateDict(
  where: string,
  value: PytorchValue,
  { found, at }: { readonly found: readonly Candidate[]; readonly at: string | undefined },
): CheckpointError {
  const wanted = at === undefined ? 'a state_dict (a dict of tensors by name)' : `a state_dict at ${describeValue(at)}`;
  const elsewhere =
    found.length > 0 ? `; there is one at ${found.map(({ path }) => `'${path.join('.')}'`).join(', ')}` : '';
  const arrays = unreadIn(value, [], new Set()).some((text) => text.endsWith('(numpy.ndarray)'));
  const hint = arrays
    ? 'Numpy arrays are not read: save {name: torch.from_numpy(array)} in PyTorch.'
    : 'Save model.state_dict() in PyTorch.';
  return new CheckpointError(`${where}: must hold ${wanted}, got ${describeRoot(value)}${elsewhere}. ${hint}`, {
    argument: 'file',
    received: at,
  });
}

/** The contents of a file without weights, with the classes of objects that are not read. */
function describeRoot(value: PytorchValue): string {
  if (isPytorchUnread(value)) return `an object of class '${value.name}', which was neither read nor run`;
  const entries = value instanceof Map ? [...(value as PytorchDict)] : [];
  if (entries.length === 0) return 'no dict';
  const shown = entries
    .slice(0, SHOWN)
    .map(([key, item]) => `'${String(key).slice(0, 40)}'${isPytorchUnread(item) ? ` (${item.name})` : ''}`);
  return `a dict of ${shown.join(', ')}${entries.length > SHOWN ? ` and ${entries.length - SHOWN} more` : ''}`;
}
