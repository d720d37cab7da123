import { DataFormatError, readSafetensors } from '@st/core';
import { decodeCheckpoint } from '@st/core/kit';
import { findStateDict } from '../pytorch/find-state-dict.ts';
import { pytorchFormat, readPytorch, startOf } from '../pytorch/read-pytorch.ts';
import type { StateTensors } from '../weights/state-tensor.ts';
import { checkpointState } from './checkpoint-state.ts';

/** The format of a file of weights. */
export type WeightsFormat = 'pytorch-zip' | 'pytorch-legacy' | 'safetensors' | 'st-checkpoint';

/** A state_dict, and its place in the file. */
export type WeightsFile = {
  readonly format: WeightsFormat;
  readonly tensors: StateTensors;
  /** Its keys in a PyTorch checkpoint, joined by dots: `state_dict`; `''` if it is the whole file. In checkpoints of `fit`: `raw` or `averaged`. */
  readonly at: string;
  /** Other state_dicts in the checkpoint. */
  readonly others: readonly string[];
  /** Values besides the weights that were not read: `args (argparse.Namespace)`. */
  readonly skipped: readonly string[];
};

export type ReadWeightsOptions = { readonly name: string; readonly maxBytes: number; readonly at?: string | undefined };

/** Offset of the JSON header in a safetensors file; the header's length precedes it. */
const SAFETENSORS_START = 8;

/**
 * Reads the state_dict of a file. The first bytes determine the format.
 * @throws {DataFormatError} if the format is unknown, or the file is damaged or not plain data.
 * @throws {CheckpointError} if it holds no state_dict, or none at `at`.
 */
export function readWeights(where: string, bytes: Uint8Array, options: ReadWeightsOptions): WeightsFile {
  const { name } = options;
  // tested first: the length of a header of 640 bytes, for example, is also how a pickle starts
  if (bytes[SAFETENSORS_START] === '{'.charCodeAt(0)) return readSafetensorsWeights(where, bytes, options);
  if (pytorchFormat(bytes)) return readPytorchWeights(where, bytes, options);
  throw new DataFormatError(
    `${where}: ${name} must be a file of PyTorch (.pt, .pth) or safetensors, got ${bytes.length} bytes that start with ${startOf(bytes)}.`,
    { argument: 'file' },
  );
}

function readPytorchWeights(where: string, bytes: Uint8Array, { name, maxBytes, at }: ReadWeightsOptions): WeightsFile {
  const { value, format } = readPytorch(bytes, { name, maxBytes });
  const { tensors, path, others, skipped } = findStateDict(`${where}: ${name}`, value, at);
  return { format, tensors, at: path.join('.'), others, skipped };
}

function readSafetensorsWeights(where: string, bytes: Uint8Array, { name, at }: ReadWeightsOptions): WeightsFile {
  const { tensors, metadata } = readSafetensors(bytes, name);
  if (metadata.format !== 'st-checkpoint') return { format: 'safetensors', tensors, at: '', others: [], skipped: [] };
  return {
    format: 'st-checkpoint',
    skipped: [],
    ...checkpointState(`${where}: ${name}`, decodeCheckpoint(bytes, name), at),
  };
}
