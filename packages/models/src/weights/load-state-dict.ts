import { CheckpointError, readSafetensors } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { type StateEntry, stateEntries } from './state-entries.ts';
import { type StateTensor, type StateTensors, sizeOf } from './state-tensor.ts';
import { fromTorchLayout } from './torch-layout.ts';

/** Names shown of each kind of misfit; the rest are counted. */
const NAMES_SHOWN = 4;

const FLOATS: readonly StateTensor['dtype'][] = ['F32', 'F64', 'F16', 'BF16'];

/**
 * Loads the tensors of a PyTorch state_dict into a model: convolutions OIHW, linear `[out, in]`, floats of any width.
 *
 * `module.` before every name (a model saved inside DataParallel) is dropped; the counters `num_batches_tracked`, and the `sub_block1`
 * that the published WideResNets carry but never call, are ignored. All is checked before anything is assigned.
 * @throws {CheckpointError} naming every tensor that is missing, extra or misshapen (the first few of each); the model is unchanged.
 */
export function loadStateDict(model: LayersModel, tensors: StateTensors): void {
  const mend = 'Build the model with the architecture, widths and classes of the file.';
  assignStateDict(model, tensors, { where: '[@st/models] loadStateDict', mend });
}

/** Whose names errors carry, and how they are mended. */
type ErrorContext = { readonly where: string; readonly mend: string };

/** `loadStateDict`, under the name of its caller in errors. */
export function assignStateDict(model: LayersModel, tensors: StateTensors, context: ErrorContext): void {
  const entries = stateEntries(model);
  const given = withoutIgnored(withoutModulePrefix(tensors), entries);
  refuseMisfits({ modelName: model.name, entries, given }, context);
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
  loadStateDict(model, readSafetensors(bytes, name).tensors);
}

function weightOf(tensor: StateTensor | undefined): tf.Tensor | undefined {
  if (!tensor) return undefined;
  const values = Float32Array.from(tensor.data as ArrayLike<number>); // integers were refused
  return fromTorchLayout(tf.tensor(values, [...tensor.shape], 'float32'));
}

function withoutModulePrefix(tensors: StateTensors): StateTensors {
  const prefix = 'module.';
  const names = [...tensors.keys()];
  if (names.length === 0 || !names.every((name) => name.startsWith(prefix))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function withoutIgnored(tensors: StateTensors, entries: readonly StateEntry[]): StateTensors {
  const known = new Set(entries.map(({ name }) => name));
  const isWide = entries.some(({ name }) => name.startsWith('block1.'));
  const ignored = (name: string): boolean =>
    (isWide && name.startsWith('sub_block1.')) ||
    (name.endsWith('.num_batches_tracked') && known.has(name.replace(/num_batches_tracked$/, 'running_mean')));
  return new Map([...tensors].filter(([name]) => !ignored(name)));
}

type Fitting = { readonly modelName: string; readonly entries: readonly StateEntry[]; readonly given: StateTensors };

function refuseMisfits({ modelName, entries, given }: Fitting, { where, mend }: ErrorContext): void {
  const known = new Set(entries.map(({ name }) => name));
  const missing = entries.filter(({ name }) => !given.has(name)).map(({ name }) => `'${name}'`);
  const extra = [...given.keys()].filter((name) => !known.has(name)).map((name) => `'${name}'`);
  const misshapen = entries.flatMap(({ name, shape }) => describeMisfit(name, shape, given.get(name)));
  if (missing.length + extra.length + misshapen.length === 0) return;
  const found = [list('missing', missing), list('not in the model', extra), list('misshapen', misshapen)];
  throw new CheckpointError(
    `${where}: the tensors must be those of the model '${modelName}'; ${found.filter(Boolean).join('; ')}. ` +
      `Nothing was loaded. ${mend}`,
    { argument: 'tensors', received: [...given.keys()] },
  );
}

function describeMisfit(name: string, wanted: readonly number[], tensor: StateTensor | undefined): string[] {
  if (!tensor) return [];
  const { dtype, shape, data } = tensor;
  if (shape.length !== wanted.length || shape.some((size, axis) => size !== wanted[axis])) {
    return [`'${name}' is [${shape.join(', ')}], the model wants [${wanted.join(', ')}]`];
  }
  if (!FLOATS.includes(dtype)) return [`'${name}' is ${dtype}, the model wants floats`];
  const size = sizeOf(wanted);
  return data.length === size ? [] : [`'${name}' holds ${data.length} values, its shape takes ${size}`];
}

function list(title: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return `${title}: ${names.slice(0, NAMES_SHOWN).join(', ')}${more}`;
}
