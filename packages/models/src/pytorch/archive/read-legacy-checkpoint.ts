import { DataFormatError } from '@st/core';

import { allowedGlobal } from '../pickle/allowed-globals.ts';
import { type ByteReader, byteReader } from '../pickle/byte-reader.ts';
import { nameOfKind } from '../pickle/pickle-objects.ts';
import type { PickleStorage, PickleValue } from '../pickle/pickle-value.ts';
import { readStorageId, type StorageId, storageFromId } from '../pickle/storage-id.ts';
import { ELEMENT_BYTES } from '../pickle/storage-types.ts';
import { unpickle } from '../pickle/unpickle.ts';

/** `0x1950a86a20f9469cfc6c` */
const MAGIC = 119547037146038801333356n;
const PROTOCOL = 1001;

/** A storage that the pickle refers to, and its bytes once they are read. */
type LegacyStorage = { readonly id: StorageId; bytes?: Uint8Array };

/**
 * Reads the format that `torch.save` wrote before PyTorch 1.6 and still writes as an option: pickles of a magic number, a protocol version,
 * the machine and the value, then the keys of the storages, and for each storage its length and values.
 */
export function readLegacyCheckpoint(where: string, bytes: Uint8Array): PickleValue {
  const reader = byteReader(where, bytes);
  readPreface(reader);
  const storages = new Map<string, LegacyStorage>();
  const value = unpickle(reader, {
    global: allowedGlobal,
    storage: (id) => openStorage(where, storages, id),
  });
  readStorages(reader, storages);
  return value;
}

function readPreface(reader: ByteReader): void {
  const { where } = reader;
  const magic = plainPickle(reader);
  if (magic !== MAGIC) throw foreign(where, `its magic number is ${describe(magic)}`);
  const protocol = plainPickle(reader);
  if (protocol !== PROTOCOL) throw foreign(where, `its protocol is ${describe(protocol)} in place of ${PROTOCOL}`);
  const machine = plainPickle(reader);
  if (machine instanceof Map && machine.get('little_endian') === true) return;
  throw foreign(where, 'it was not saved on a little-endian machine');
}

/** Reads a pickle that refers to no storage. */
function plainPickle(reader: ByteReader): PickleValue {
  const { where } = reader;
  return unpickle(reader, {
    global: allowedGlobal,
    storage: () => {
      throw new DataFormatError(`${where}: no tensor may come before byte ${reader.position}. The file is damaged.`);
    },
  });
}

function foreign(where: string, why: string): DataFormatError {
  return new DataFormatError(`${where}: must be a legacy file of PyTorch, but ${why}. Is it a checkpoint?`, {
    argument: 'bytes',
  });
}

const describe = (value: PickleValue): string =>
  typeof value === 'number' || typeof value === 'bigint' ? String(value) : nameOfKind(value);

function openStorage(where: string, storages: Map<string, LegacyStorage>, persistentId: PickleValue): PickleStorage {
  const id = readStorageId(where, persistentId);
  const storage = storages.get(id.key) ?? { id };
  if (storage.id.dtype !== id.dtype || storage.id.length !== id.length) {
    throw new DataFormatError(
      `${where}: storage '${id.key}' must have one type and length, but has two. The file is damaged.`,
    );
  }
  storages.set(id.key, storage);
  const whole = (): Uint8Array => storage.bytes ?? missing(where, id.key);
  if (id.view === null) return storageFromId(id, whole);
  const { offset, length } = readView(where, id);
  const width = ELEMENT_BYTES[id.dtype];
  return storageFromId({ ...id, length }, () => whole().subarray(offset * width, (offset + length) * width));
}

function readView(where: string, { key, length: all, view }: StorageId): { offset: number; length: number } {
  const [, offset, length]: readonly PickleValue[] = Array.isArray(view) ? view : [];
  const isPart = [offset, length].every((value) => Number.isSafeInteger(value) && Number(value) >= 0);
  if (isPart && Number(offset) + Number(length) <= all) return { offset: Number(offset), length: Number(length) };
  throw new DataFormatError(
    `${where}: a part of storage '${key}' must lie within its ${all} values. The file is damaged.`,
  );
}

function missing(where: string, key: string): never {
  throw new DataFormatError(`${where}: the values of storage '${key}' are missing. The file is truncated or damaged.`);
}

function readStorages(reader: ByteReader, storages: ReadonlyMap<string, LegacyStorage>): void {
  const { where } = reader;
  const keys = plainPickle(reader);
  if (!Array.isArray(keys)) throw foreign(where, `its storage keys are ${nameOfKind(keys)} in place of a list`);
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage || storage.bytes)
      throw foreign(where, `its storage keys hold ${describe(key)}, which is repeated or not used by any tensor`);
    const length = reader.uint64();
    if (length !== storage.id.length) {
      throw foreign(where, `storage '${storage.id.key}' has ${length} values in place of ${storage.id.length}`);
    }
    storage.bytes = reader.take(storage.id.bytes);
  }
  for (const { id, bytes } of storages.values()) if (!bytes) missing(where, id.key);
  if (reader.left > 0) throw foreign(where, `${reader.left} bytes follow its last storage`);
}
