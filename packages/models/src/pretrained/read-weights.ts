import { DataFormatError, decodeCheckpoint, readSafetensors } from '@st/core';

import type { StateTensors } from '../weights/state-tensor.ts';
import { checkpointState } from './checkpoint-state.ts';

/** What kind of file weights came in. */
export type WeightsFormat = 'safetensors' | 'st-checkpoint';

/** A state_dict, and where it was found. */
export type WeightsFile = {
  readonly format: WeightsFormat;
  readonly tensors: StateTensors;
};

/** Bytes of a safetensors file before its JSON header: that header's length. */
const SAFETENSORS_START = 8;

/**
 * Reads the state_dict of a file, whose kind its first bytes tell.
 * @throws {DataFormatError} if it is of no known kind, damaged, or not plain data.
 */
export function readWeights(where: string, bytes: Uint8Array, name: string): WeightsFile {
  if (bytes[SAFETENSORS_START] === '{'.charCodeAt(0)) return readSafetensorsWeights(bytes, name);
  const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  throw new DataFormatError(
    `${where}: ${name} must be a safetensors file, whose header is JSON, got ${bytes.length} bytes that start with ${start || 'nothing'}.`,
    { argument: 'file', received: start },
  );
}

function readSafetensorsWeights(bytes: Uint8Array, name: string): WeightsFile {
  const { tensors, metadata } = readSafetensors(bytes, name);
  if (metadata.format !== 'st-checkpoint') return { format: 'safetensors', tensors };
  return { format: 'st-checkpoint', tensors: checkpointState(decodeCheckpoint(bytes, name)) };
}
