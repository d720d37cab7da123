import { DataFormatError, readSafetensors } from '@st/core';
import { decodeCheckpoint } from '@st/core/kit';
import { findStateDict } from '../pytorch/find-state-dict.ts';
import { pytorchFormat, readPytorch, startOf } from '../pytorch/read-pytorch.ts';
import type { StateTensors } from '../weights/state-tensor.ts';
import { checkpointState } from './checkpoint-state.ts';

/** What kind of file weights came in. */
export type WeightsFormat = 'pytorch-zip' | 'pytorch-legacy' | 'safetensors' | 'st-checkpoint';

/** A state_dict, and where it was found. */
export type WeightsFile = {
  readonly format: WeightsFormat;
  readonly tensors: StateTensors;
  /** The keys of a PyTorch checkpoint that lead to it, joined by dots: `state_dict`; `''` for a bare one. Of ours: `raw` or `averaged`. */
  readonly at: string;
  /** Other state_dicts in the checkpoint. */
  readonly others: readonly string[];
  /** What is beside the weights and was not read: `args (argparse.Namespace)`. */
  readonly skipped: readonly string[];
};

export type ReadWeightsOptions = { readonly name: string; readonly maxBytes: number; readonly at?: string | undefined };

/** Bytes of a safetensors file before its JSON header: that header's length. */
const SAFETENSORS_START = 8;

/**
 * Reads the state_dict of a file, whose kind its first bytes tell.
 * @throws {DataFormatError} if it is of no known kind, damaged, or not plain data.
 * @throws {CheckpointError} if it holds no state_dict, or not where `at` says.
 */
export function readWeights(where: string, bytes: Uint8Array, options: ReadWeightsOptions): WeightsFile {
  const { name } = options;
  // asked first: a header of 640 bytes, say, makes a safetensors file start as a pickle does
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
