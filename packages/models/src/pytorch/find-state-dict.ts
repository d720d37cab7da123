import { CheckpointError } from '@st/core';

import type { StateTensor, StateTensors } from '../weights/state-tensor.ts';
import { isPytorchTensor, type PytorchDict, type PytorchTensor, type PytorchValue } from './pytorch-value.ts';

/** The weights in a checkpoint. */
export type FoundStateDict = {
  readonly tensors: StateTensors;
  /** The keys that lead to it: `['state_dict']`; none for a bare one. */
  readonly path: readonly string[];
  /** Where else a state_dict lies: averaged weights, say. */
  readonly others: readonly string[];
};

/** Names under which published code saves weights, the likeliest first. */
const USUAL_NAMES = ['state_dict', 'model_state_dict', 'model_state', 'model', 'net', 'network', 'weights', 'params'];

/** What holds tensors and is no model. */
const OPTIMIZER = /optim|^opt(_|$)|sched|scaler/i;

/** Trainers nest a model's weights at most so deep. */
const MAX_DEPTH = 4;

/** Keys and names shown of a file without weights. */
const SHOWN = 8;

/**
 * Finds the state_dict of a checkpoint: the value itself if it is a dict of tensors, else such a dict inside it, not the optimiser's.
 * @param at - The keys that lead to it, joined by dots (`'ema.state_dict'`). Default: the likeliest by its name, else the first.
 * @throws {CheckpointError} if there is none, naming what is there.
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
  if (!best) throw none(where, value, { found, at });
  const tensors = new Map<string, StateTensor>();
  for (const [name, { dtype, shape, read }] of best.tensors) tensors.set(name, { dtype, shape, data: read() });
  return { tensors, path: best.path, others: others.map(({ path }) => path.join('.')) };
}

type Candidate = { readonly path: readonly string[]; readonly tensors: ReadonlyMap<string, PytorchTensor> };

/** @param seen - Dicts visited: one that many places refer to is searched once. */
function stateDictsIn(value: PytorchValue, path: readonly string[], seen: Set<PytorchValue>): Candidate[] {
  if (!(value instanceof Map) || seen.has(value)) return [];
  seen.add(value);
  const tensors = asStateDict(value);
  if (tensors) return [{ path, tensors }];
  if (path.length >= MAX_DEPTH) return [];
  return [...(value as PytorchDict)].flatMap(([key, inner]) =>
    typeof key === 'string' && !OPTIMIZER.test(key) ? stateDictsIn(inner, [...path, key], seen) : [],
  );
}

/** A dict of tensors under names with dots, as modules have them. */
function asStateDict(dict: PytorchDict): ReadonlyMap<string, PytorchTensor> | undefined {
  const tensors = new Map<string, PytorchTensor>();
  for (const [key, value] of dict) {
    if (typeof key !== 'string' || !isPytorchTensor(value)) return undefined;
    tensors.set(key, value);
  }
  return [...tensors.keys()].some((name) => name.includes('.')) ? tensors : undefined;
}

function none(
  where: string,
  value: PytorchValue,
  { found, at }: { readonly found: readonly Candidate[]; readonly at: string | undefined },
): CheckpointError {
  const wanted = at === undefined ? 'a state_dict (a dict of tensors by name)' : `a state_dict at '${at}'`;
  const keys = value instanceof Map ? [...value.keys()].map((key) => `'${String(key).slice(0, 40)}'`) : [];
  const shown = `${keys.slice(0, SHOWN).join(', ')}${keys.length > SHOWN ? ` and ${keys.length - SHOWN} more` : ''}`;
  const holds = keys.length > 0 ? `a dict of ${shown}` : 'no dict';
  const elsewhere =
    found.length > 0 ? `; there is one at ${found.map(({ path }) => `'${path.join('.')}'`).join(', ')}` : '';
  return new CheckpointError(
    `${where}: must hold ${wanted}, got ${holds}${elsewhere}. Save model.state_dict() in PyTorch.`,
    {
      argument: 'file',
      received: at,
    },
  );
}
