import { CheckpointError, readSafetensors } from '@st/core';
import { describeValue } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { checkBytes, checkModel, checkStateTensors, checkText } from '../check-arguments.ts';
import { unwrappedNames } from './module-names.ts';
import { type StateEntry, stateEntries } from './state-entries.ts';
import { type StateTensor, type StateTensors, sizeOf } from './state-tensor.ts';
import { fromTorchLayout } from './torch-layout.ts';

/** Number of names shown of each kind of misfit; the rest are counted. */
const NAMES_SHOWN = 4;

const FLOATS: readonly StateTensor['dtype'][] = ['F32', 'F64', 'F16', 'BF16'];

/**
 * Loads the tensors of a PyTorch state_dict into a model: convolutions OIHW, linear `[out, in]`, floats of any width.
 *
 * `module.` and `_orig_mod.` (DataParallel and compiled models) are removed anywhere in a name. The counters `num_batches_tracked` and
 * `n_averaged`, and the unused `sub_block1` of published WideResNets, are ignored. Everything is checked before the first assignment.
 * @throws {CheckpointError} with the first names of missing, extra and misshapen tensors, or of tensors with values that are not finite or
 *   variances below 0; the model is unchanged.
 */
export function loadStateDict(model: LayersModel, tensors: StateTensors): void {
  const where = '[@st/models] loadStateDict';
  checkModel(where, model);
  checkStateTensors(where, tensors);
  const hint = () => 'Build the model with the architecture, widths and classes of the file.';
  assignStateDict(model, tensors, { where, hint });
}

/** Names in the file of tensors that do not fit. */
export type Misfits = {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly misshapen: readonly string[];
};

/** Context for errors: the caller, the hint, and names in the file. */
type ErrorContext = {
  readonly where: string;
  readonly hint: (misfits: Misfits) => string;
  /** Maps a name to the name in the file. Default: the same. */
  readonly nameInFile?: (name: string) => string;
  /** Names in the file of further tensors, reported as not in the model. */
  readonly unexpected?: readonly string[];
};

/** `loadStateDict` with the caller's name in errors. */
export function assignStateDict(model: LayersModel, tensors: StateTensors, context: ErrorContext): void {
  const entries = stateEntries(model);
  const given = withoutIgnored(withoutWrappers(tensors, entries), entries);
  refuseMisfits({ modelName: model.name, entries, given }, context);
  refuseValues(context, entries, given);
  tf.tidy(() => {
    const values = entries.map(({ name }) => weightOf(given.get(name)));
    entries.forEach(({ variable }, i) => {
      const value = values[i];
      if (value) variable.assign(value);
    });
  });
}

/**
 * Loads the bytes of a safetensors file with a PyTorch state_dict's names into a model. See `loadStateDict`.
 * @param name - Shown in errors about the bytes, for example the file's path.
 * @throws {DataFormatError} if the bytes are not a safetensors file, or a truncated one.
 * @throws {CheckpointError} if its tensors do not fit the model.
 */
export function loadSafetensors(model: LayersModel, bytes: Uint8Array, name = 'the file'): void {
  const where = '[@st/models] loadSafetensors';
  checkModel(where, model);
  checkBytes(where, bytes);
  checkText(where, 'name', name);
  loadStateDict(model, readSafetensors(bytes, name).tensors);
}

function weightOf(tensor: StateTensor | undefined): tf.Tensor | undefined {
  if (!tensor) return undefined;
  const values = Float32Array.from(tensor.data as ArrayLike<number>); // integers have been refused
  return fromTorchLayout(tf.tensor(values, [...tensor.shape], 'float32'));
}

/** The tensors as given if they have all names of the model, else with wrappers such as `module.` removed from their names. */
function withoutWrappers(tensors: StateTensors, entries: readonly StateEntry[]): StateTensors {
  if (entries.every(({ name }) => tensors.has(name))) return tensors;
  const unwrapped = unwrappedNames(tensors);
  return new Map([...tensors].map(([name, tensor]) => [unwrapped.get(name) ?? name, tensor]));
}

function withoutIgnored(tensors: StateTensors, entries: readonly StateEntry[]): StateTensors {
  const known = new Set(entries.map(({ name }) => name));
  const isWide = entries.some(({ name }) => name.startsWith('block1.'));
  const ignored = (name: string): boolean =>
    (isWide && name.startsWith('sub_block1.')) ||
    name === 'n_averaged' ||
    (name.endsWith('.num_batches_tracked') && known.has(name.replace(/num_batches_tracked$/, 'running_mean')));
  return new Map([...tensors].filter(([name]) => !ignored(name)));
}

type Fitting = { readonly modelName: string; readonly entries: readonly StateEntry[]; readonly given: StateTensors };

function refuseMisfits(
  { modelName, entries, given }: Fitting,
  { where, hint, nameInFile = same, unexpected = [] }: ErrorContext,
): void {
  const known = new Set(entries.map(({ name }) => name));
  const missing = entries.filter(({ name }) => !given.has(name)).map(({ name }) => name);
  const extra = [...[...given.keys()].filter((name) => !known.has(name)).map(nameInFile), ...unexpected];
  const misshapen = entries.flatMap(({ name, shape }) => describeMisfit(nameInFile(name), shape, given.get(name)));
  if (missing.length + extra.length + misshapen.length === 0) return;
  const found = [
    list('missing', missing.map(quote)),
    list('not in the model', extra.map(quote)),
    list('misshapen', misshapen),
  ];
  throw new CheckpointError(
    `${where}: the tensors must be those of the model '${modelName}'; ${found.filter(Boolean).join('; ')}. ` +
      `Nothing was loaded. ${hint({ missing, extra, misshapen })}`,
    { argument: 'tensors', received: [...given.keys()] },
  );
}

const same = (name: string): string => name;
const quote = (name: string): string => describeValue(name);

/** Refuses values that are not finite, and variances below 0: the network would return NaN or wrong logits. */
function refuseValues(
  { where, nameInFile = same }: ErrorContext,
  entries: readonly StateEntry[],
  given: StateTensors,
): void {
  const wrong = entries.flatMap(({ name }) => wrongValues(nameInFile(name), given.get(name)));
  if (wrong.length === 0) return;
  const more = wrong.length > NAMES_SHOWN ? ` and ${wrong.length - NAMES_SHOWN} more` : '';
  throw new CheckpointError(
    `${where}: weights must be finite in float32 and variances >= 0; ${wrong.slice(0, NAMES_SHOWN).join(', ')}${more}. Nothing was loaded. The training diverged, or the file is damaged: use another checkpoint.`,
    { argument: 'tensors', received: wrong },
  );
}

function wrongValues(name: string, tensor: StateTensor | undefined): string[] {
  const isVariance = name.endsWith('running_var');
  let count = 0;
  let first = 0;
  for (const value of tensor?.data ?? []) {
    const number = Number(value);
    if (Number.isFinite(Math.fround(number)) && !(isVariance && number < 0)) continue;
    if (count === 0) first = number;
    count++;
  }
  return count === 0 ? [] : [`${quote(name)} holds ${first}${count > 1 ? ` and ${count - 1} more` : ''}`];
}

function describeMisfit(name: string, wanted: readonly number[], tensor: StateTensor | undefined): string[] {
  if (!tensor) return [];
  const { dtype, shape, data } = tensor;
  if (shape.length !== wanted.length || shape.some((size, axis) => size !== wanted[axis])) {
    return [`${quote(name)} is [${shape.join(', ')}], the model needs [${wanted.join(', ')}]`];
  }
  if (!FLOATS.includes(dtype)) return [`${quote(name)} is ${dtype}, the model needs floats`];
  const size = sizeOf(wanted);
  return data.length === size ? [] : [`${quote(name)} holds ${data.length} values, its shape needs ${size}`];
}

function list(title: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return `${title}: ${names.slice(0, NAMES_SHOWN).join(', ')}${more}`;
}
