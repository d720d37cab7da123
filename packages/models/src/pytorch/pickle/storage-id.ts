import { DataFormatError } from '@st/core';

import type { StateTensor } from '../../weights/state-tensor.ts';
import { isGlobal, nameOfKind } from './pickle-objects.ts';
import type { PickleStorage, PickleValue } from './pickle-value.ts';
import { ELEMENT_BYTES } from './storage-types.ts';

/** The contents of a storage's persistent id. */
export type StorageId = {
  readonly key: string;
  readonly dtype: StateTensor['dtype'];
  /** Number of elements. */
  readonly length: number;
  /** Size of the elements in bytes. */
  readonly bytes: number;
  /** In legacy files: a part of the storage, `[key, offset, length]`. */
  readonly view: PickleValue;
};

/**
 * Reads `('storage', torch.FloatStorage, '0', 'cpu', 162 [, view])`.
 * @throws {DataFormatError} for anything else, with a hint for a whole model that was pickled with its classes.
 */
export function readStorageId(where: string, id: PickleValue): StorageId {
  const [kind, type, key, , length, view = null]: readonly PickleValue[] = Array.isArray(id) ? id : [];
  if (kind === 'module') {
    throw new DataFormatError(
      `${where}: must hold only tensors, but holds a whole model with its classes. Save model.state_dict() in PyTorch instead.`,
      { argument: 'bytes' },
    );
  }
  if (isGlobal(type) && !type.dtype) {
    throw new DataFormatError(
      `${where}: values must be floats, integers or booleans, got a storage of '${type.name}'. Convert the tensor and save it again.`,
      { argument: 'bytes', received: type.name },
    );
  }
  const isType = typeof type === 'object' && type !== null && 'kind' in type && type.kind === 'global' && type.dtype;
  if (kind !== 'storage' || !isType || typeof key !== 'string' || !Number.isSafeInteger(length) || Number(length) < 0) {
    throw new DataFormatError(
      `${where}: a storage id must be ('storage', type, key, location, length), got ${Array.isArray(id) ? `(${id.slice(0, 5).map(nameOfKind).join(', ')})` : nameOfKind(id)}. The file is damaged.`,
      { argument: 'bytes' },
    );
  }
  return { key, dtype: isType, length: Number(length), bytes: Number(length) * ELEMENT_BYTES[isType], view };
}

/** A storage whose bytes are read on first use. */
export function storageFromId({ key, dtype, length }: StorageId, read: () => Uint8Array): PickleStorage {
  let bytes: Uint8Array | undefined;
  return {
    kind: 'storage',
    key,
    dtype,
    length,
    bytes: () => {
      bytes ??= read();
      return bytes;
    },
  };
}
