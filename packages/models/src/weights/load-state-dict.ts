import { CheckpointError, readSafetensors, type SafetensorsTensor } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { type StateEntry, stateEntries } from './state-entries.ts';
import { fromTorchLayout } from './torch-layout.ts';

/** Names shown of each kind of misfit; the rest are counted. */
const NAMES_SHOWN = 4;

const FLOATS: readonly SafetensorsTensor['dtype'][] = ['F32', 'F64', 'F16', 'BF16'];

/**
 * Loads the tensors of a PyTorch state_dict into a model: convolutions OIHW, linear `[out, in]`, floats of any width.
 *
 * `module.` before every name (a model saved inside DataParallel) is dropped; the counters `num_batches_tracked`, and the `sub_block1`
 * that the published WideResNets carry but never call, are ignored. All is checked before anything is assigned.
 * @throws {CheckpointError} naming every tensor that is missing, extra or misshapen (the first few of each); the model is unchanged.
 */
export function loadStateDict(model: LayersModel, tensors: ReadonlyMap<string, SafetensorsTensor>): void {
  const entries = stateEntries(model);
  const given = withoutIgnored(withoutModulePrefix(tensors), entries);
  refuseMisfits(model.name, entries, given);
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

type Tensors = ReadonlyMap<string, SafetensorsTensor>;

function weightOf(tensor: SafetensorsTensor | undefined): tf.Tensor | undefined {
  if (!tensor) return undefined;
  const values = Float32Array.from(tensor.data as ArrayLike<number>); // integers were refused
  return fromTorchLayout(tf.tensor(values, [...tensor.shape], 'float32'));
}

function withoutModulePrefix(tensors: Tensors): Tensors {
  const prefix = 'module.';
  const names = [...tensors.keys()];
  if (names.length === 0 || !names.every((name) => name.startsWith(prefix))) return tensors;
  return new Map([...tensors].map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function withoutIgnored(tensors: Tensors, entries: readonly StateEntry[]): Tensors {
  const known = new Set(entries.map(({ name }) => name));
  const isWide = entries.some(({ name }) => name.startsWith('block1.'));
  const ignored = (name: string): boolean =>
    (isWide && name.startsWith('sub_block1.')) ||
    (name.endsWith('.num_batches_tracked') && known.has(name.replace(/num_batches_tracked$/, 'running_mean')));
  return new Map([...tensors].filter(([name]) => !ignored(name)));
}

function refuseMisfits(modelName: string, entries: readonly StateEntry[], given: Tensors): void {
  const known = new Set(entries.map(({ name }) => name));
  const missing = entries.filter(({ name }) => !given.has(name)).map(({ name }) => `'${name}'`);
  const extra = [...given.keys()].filter((name) => !known.has(name)).map((name) => `'${name}'`);
  const misshapen = entries.flatMap(({ name, shape }) => describeMisfit(name, shape, given.get(name)));
  if (missing.length + extra.length + misshapen.length === 0) return;
  const found = [list('missing', missing), list('not in the model', extra), list('misshapen', misshapen)];
  throw new CheckpointError(
    `[@st/models] loadStateDict: the tensors must be those of the model '${modelName}'; ${found.filter(Boolean).join('; ')}. ` +
      'Nothing was loaded. Build the model with the architecture, widths and classes of the file.',
    { argument: 'tensors', received: [...given.keys()] },
  );
}

function describeMisfit(name: string, wanted: readonly number[], tensor: SafetensorsTensor | undefined): string[] {
  if (!tensor) return [];
  const { dtype, shape, data } = tensor;
  if (shape.length !== wanted.length || shape.some((size, axis) => size !== wanted[axis])) {
    return [`'${name}' is [${shape.join(', ')}], the model wants [${wanted.join(', ')}]`];
  }
  if (!FLOATS.includes(dtype)) return [`'${name}' is ${dtype}, the model wants floats`];
  const size = wanted.reduce((product, length) => product * length, 1);
  return data.length === size ? [] : [`'${name}' holds ${data.length} values, its shape takes ${size}`];
}

function list(title: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : '';
  return `${title}: ${names.slice(0, NAMES_SHOWN).join(', ')}${more}`;
}
