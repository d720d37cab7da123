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

/** A storage that the pickle names, and its bytes once they are read. */
type Root = { readonly id: StorageId; bytes?: Uint8Array };

/**
 * Reads what `torch.save` wrote before PyTorch 1.6, and still writes if asked to: pickles of a magic number, a protocol, the machine and the
 * value, then the keys of the storages, and of each its length and values.
 */
export function readLegacyCheckpoint(where: string, bytes: Uint8Array): PickleValue {
  const reader = byteReader(where, bytes);
  readPreface(reader);
  const roots = new Map<string, Root>();
  const value = unpickle(reader, {
    global: allowedGlobal,
    storage: (id) => openStorage(where, roots, id),
  });
  readStorages(reader, roots);
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

/** A pickle that refers to nothing outside itself. */
function plainPickle(reader: ByteReader): PickleValue {
  const { where } = reader;
  return unpickle(reader, {
    global: allowedGlobal,
    storage: () => {
      throw new DataFormatError(
        `${where}: a tensor must not stand before byte ${reader.position}. The file is damaged.`,
      );
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

function openStorage(where: string, roots: Map<string, Root>, persistentId: PickleValue): PickleStorage {
  const id = readStorageId(where, persistentId);
  const root = roots.get(id.key) ?? { id };
  if (root.id.dtype !== id.dtype || root.id.length !== id.length) {
    throw new DataFormatError(
      `${where}: storage '${id.key}' must have one type and length, but has two. The file is damaged.`,
    );
  }
  roots.set(id.key, root);
  const whole = (): Uint8Array => root.bytes ?? missing(where, id.key);
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

function readStorages(reader: ByteReader, roots: ReadonlyMap<string, Root>): void {
  const { where } = reader;
  const keys = plainPickle(reader);
  if (!Array.isArray(keys)) throw foreign(where, `its keys of storages are ${nameOfKind(keys)} in place of a list`);
  for (const key of keys) {
    const root = typeof key === 'string' ? roots.get(key) : undefined;
    if (!root || root.bytes)
      throw foreign(where, `its keys of storages hold ${describe(key)}, which no tensor uses, or twice`);
    const length = reader.uint64();
    if (length !== root.id.length) {
      throw foreign(where, `storage '${root.id.key}' has ${length} values in place of ${root.id.length}`);
    }
    root.bytes = reader.take(root.id.bytes);
  }
  for (const { id, bytes } of roots.values()) if (!bytes) missing(where, id.key);
  if (reader.left > 0) throw foreign(where, `${reader.left} bytes follow its last storage`);
}
