import promises, { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CheckpointError } from '../errors/errors.ts';
import { fileCheckpointStore } from './file-checkpoint-store.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'st-store-'));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** Files opened for writing from now on accept this many bytes, then fail with the error code. */
function failAfter(afterBytes: number, code: string): void {
  const actual = process.getBuiltinModule;
  vi.spyOn(process, 'getBuiltinModule').mockImplementation((name: string) => {
    if (name !== 'node:fs/promises') return actual(name);
    const open = async (path: string, flags: string) => {
      const handle = await promises.open(path, flags);
      if (flags === 'r') return handle;
      handle.writeFile = async (bytes) => {
        if (bytes instanceof Uint8Array) await handle.write(bytes.subarray(0, afterBytes));
        throw Object.assign(new Error(`${code}: planned, write`), { code });
      };
      return handle;
    };
    return { ...promises, open };
  });
}

describe('fileCheckpointStore', () => {
  it('reads back the written bytes, creates the folder, and leaves no other file in it', async () => {
    const inner = join(folder, 'runs', 'x');
    const store = fileCheckpointStore(inner);
    expect(await store.read('last.safetensors')).toBeNull();
    await store.write('last.safetensors', Uint8Array.of(1, 2));
    await store.write('last.safetensors', Uint8Array.of(3, 4, 5));
    expect(Array.from((await store.read('last.safetensors')) ?? [])).toEqual([3, 4, 5]);
    expect(await readdir(inner)).toEqual(['last.safetensors']);
  });

  it('keeps the old file intact if the disk fills up while it writes the new one, and says so', async () => {
    const store = fileCheckpointStore(folder);
    await store.write('last.safetensors', Uint8Array.of(1, 2, 3));
    failAfter(1000, 'ENOSPC');
    const write = store.write('last.safetensors', new Uint8Array(3 * 2 ** 20));
    await expect(write).rejects.toBeInstanceOf(CheckpointError);
    await expect(write).rejects.toThrow(
      `[@st/core] fileCheckpointStore: could not write '${join(folder, 'last.safetensors')}': ENOSPC: planned, write. The disk is full: free 3.0 MiB and resume. What was there before is untouched.`,
    );
    expect(await readdir(folder)).toEqual(['last.safetensors']);
    expect(Array.from(await readFile(join(folder, 'last.safetensors')))).toEqual([1, 2, 3]);
  });

  it('refuses a second writer until the first releases the folder', async () => {
    const first = await fileCheckpointStore(folder).lock?.();
    await expect(fileCheckpointStore(folder).lock?.()).rejects.toThrow(
      `[@st/core] fileCheckpointStore: '${folder}' is being written by process ${process.pid} (this one). Wait until it has ended, or name another folder.`,
    );
    await first?.release();
    await (await fileCheckpointStore(folder).lock?.())?.release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('names the file that it could not read or write, and the reason', async () => {
    const file = join(folder, 'plain');
    await writeFile(file, '');
    await expect(fileCheckpointStore(file).write('last.safetensors', Uint8Array.of(1))).rejects.toThrow(
      'Check that the folder exists and may be written to. What was there before is untouched.',
    );
    await expect(fileCheckpointStore(folder).read('.')).rejects.toThrow(
      /fileCheckpointStore: '.*' must be a regular file, is a folder\./,
    );
  });
});
