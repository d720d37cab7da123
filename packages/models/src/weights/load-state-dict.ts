import { CheckpointError, readSafetensors } from '@st/core';
import { describeValue } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { checkBytes, checkModel, checkStateTensors, checkText } from '../check-arguments.ts';
import { unwrappedNames } from './module-names.ts';
import { type StateEntry, stateEntries } from './state-entries.ts';
import { type StateTensor, type StateTensors, sizeOf } from './state-tensor.ts';
import { fromTorchLayout } from './torch-layout.ts';

/** Names shown of each kind of misfit; the rest are counted. */
const NAMES_SHOWN = 4;

const FLOATS: readonly StateTensor['dtype'][] = ['F32', 'F64', 'F16', 'BF16'];

/**
 * Loads the tensors of a PyTorch state_dict into a model: convolutions OIHW, linear `[out, in]`, floats of any width.
 *
 * `module.` and `_orig_mod.` (a model saved inside DataParallel or compiled) are dropped wherever they stand in a name; the counters
 * `num_batches_tracked` and `n_averaged`, and the `sub_block1` that the published WideResNets carry but never call, are ignored. All is
 * checked before anything is assigned.
 * @throws {CheckpointError} naming every tensor that is missing, extra or misshapen (the first few of each), or whose values are not finite
 * or are variances below 0; the model is unchanged.
 */
export function loadStateDict(model: LayersModel, tensors: StateTensors): void {
  const where = '[@st/models] loadStateDict';
  checkModel(where, model);
  checkStateTensors(where, tensors);
  const mend = () => 'Build the model with the architecture, widths and classes of the file.';
  assignStateDict(model, tensors, { where, mend });
}

/** Names of tensors that do not fit, as the file has them. */
export type Misfits = {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly misshapen: readonly string[];
};

/** Whose names errors carry, and how they are mended. */
type ErrorContext = {
  readonly where: string;
  readonly mend: (misfits: Misfits) => string;
  /** The name in the file, where it is another. */
  readonly nameInFile?: (name: string) => string;
  /** Names in the file of tensors beside those given, which nobody said are left out. */
  readonly strange?: readonly string[];
};

/** `loadStateDict`, under the name of its caller in errors. */
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
 * @param name - Shown in errors about the bytes, e.g. the file's path.
 * @throws {DataFormatError} if the bytes are no safetensors file, or a truncated one.
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
  const values = Float32Array.from(tensor.data as ArrayLike<number>); // integers were refused
  return fromTorchLayout(tf.tensor(values, [...tensor.shape], 'float32'));
}

/** Names as they are where they are the model's, else without `module.`, `_orig_mod.` and other wrappers. */
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
  { where, mend, nameInFile = same, strange = [] }: ErrorContext,
): void {
  const known = new Set(entries.map(({ name }) => name));
  const missing = entries.filter(({ name }) => !given.has(name)).map(({ name }) => name);
  const extra = [...[...given.keys()].filter((name) => !known.has(name)).map(nameInFile), ...strange];
  const misshapen = entries.flatMap(({ name, shape }) => describeMisfit(nameInFile(name), shape, given.get(name)));
  if (missing.length + extra.length + misshapen.length === 0) return;
  const found = [
    list('missing', missing.map(quote)),
    list('not in the model', extra.map(quote)),
    list('misshapen', misshapen),
  ];
  throw new CheckpointError(
    `${where}: the tensors must be those of the model '${modelName}'; ${found.filter(Boolean).join('; ')}. ` +
      `Nothing was loaded. ${mend({ missing, extra, misshapen })}`,
    { argument: 'tensors', received: [...given.keys()] },
  );
}

const same = (name: string): string => name;
const quote = (name: string): string => describeValue(name);

/** A network with such values answers NaN, or what no training gave it. */
function refuseValues(
  { where, nameInFile = same }: ErrorContext,
  entries: readonly StateEntry[],
  given: StateTensors,
): void {
  const wrong = entries.flatMap(({ name }) => wrongValues(nameInFile(name), given.get(name)));
  if (wrong.length === 0) return;
  const more = wrong.length > NAMES_SHOWN ? ` and ${wrong.length - NAMES_SHOWN} more` : '';
  throw new CheckpointError(
    `${where}: weights must be finite in float32 and variances >= 0; ${wrong.slice(0, NAMES_SHOWN).join(', ')}${more}. Nothing was loaded. The training diverged, or the values were changed or damaged: take another checkpoint.`,
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
    return [`${quote(name)} is [${shape.join(', ')}], the model wants [${wanted.join(', ')}]`];
  }
  if (!FLOATS.includes(dtype)) return [`${quote(name)} is ${dtype}, the model wants floats`];
  const size = sizeOf(wanted);
  return data.length === size ? [] : [`${quote(name)} holds ${data.length} values, its shape takes ${size}`];
}

function list(title: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return `${title}: ${names.slice(0, NAMES_SHOWN).join(', ')}${more}`;
}
