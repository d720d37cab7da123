import { DataFormatError } from '@st/core';

import { allowedGlobal } from '../pickle/allowed-globals.ts';
import { byteReader } from '../pickle/byte-reader.ts';
import type { PickleStorage, PickleValue } from '../pickle/pickle-value.ts';
import { readStorageId, storageFromId } from '../pickle/storage-id.ts';
import { unpickle } from '../pickle/unpickle.ts';
import { openZip, type ZipArchive } from './read-zip.ts';

/** The pickles of the largest checkpoints take some hundred kilobytes, as they do not hold the values of tensors. */
const MAX_PICKLE_BYTES = 16 * 2 ** 20;

/** Reads the format of PyTorch 1.6 and later: a zip file with one pickle (`data.pkl`) and one file per storage (`data/0` ...). */
export function readZipCheckpoint(where: string, bytes: Uint8Array, maxBytes: number): PickleValue {
  const archive = openZip(where, bytes, maxBytes);
  const root = rootOf(where, archive);
  refuseBigEndian(where, archive, root);
  const pickle = `${root}data.pkl`;
  if ((archive.sizes.get(pickle) ?? 0) > MAX_PICKLE_BYTES) {
    throw new DataFormatError(
      `${where}: '${pickle}' must be at most ${MAX_PICKLE_BYTES} bytes, got ${archive.sizes.get(pickle)}. A checkpoint of weights needs far less.`,
      { argument: 'bytes' },
    );
  }
  const wherePickle = `${where}: '${pickle}'`;
  const reader = byteReader(wherePickle, archive.read(pickle));
  return unpickle(reader, {
    global: allowedGlobal,
    storage: (id) => openStorage(wherePickle, archive, { root, id }),
  });
}

/** The top folder of the archive: `archive/`. */
function rootOf(where: string, { sizes }: ZipArchive): string {
  const pickles = [...sizes.keys()].filter((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle !== undefined && pickles.length === 1) return pickle.slice(0, -'data.pkl'.length);
  throw new DataFormatError(
    `${where}: a zip file of PyTorch must hold one 'data.pkl', got ${pickles.length || 'none'} among ${sizes.size} files. Is it a checkpoint?`,
    { argument: 'bytes' },
  );
}

function refuseBigEndian(where: string, archive: ZipArchive, root: string): void {
  const name = `${root}byteorder`;
  if (!archive.sizes.has(name)) return;
  const order = new TextDecoder().decode(archive.read(name).subarray(0, 16));
  if (order === 'little') return;
  throw new DataFormatError(
    `${where}: '${name}' must be 'little', got '${order}'. Save it on a little-endian machine.`,
    {
      argument: 'bytes',
      received: order,
    },
  );
}

function openStorage(
  where: string,
  archive: ZipArchive,
  { root, id }: { readonly root: string; readonly id: PickleValue },
): PickleStorage {
  const parts = readStorageId(where, id);
  const file = `${root}data/${parts.key}`;
  const size = archive.sizes.get(file);
  if (size !== parts.bytes) {
    throw new DataFormatError(
      `${where}: the ${parts.length} values of storage '${parts.key}' take ${parts.bytes} bytes, but '${file}' has ${size ?? 'none'}. The file is damaged.`,
      { argument: 'bytes', received: size },
    );
  }
  return storageFromId(parts, () => archive.read(file));
}
