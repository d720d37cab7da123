import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CheckpointError } from '../errors/errors.ts';
import { fileCheckpointStore } from './file-checkpoint-store.ts';

/** What the next file that is opened for writing does when written to. */
let fault: { code: string; afterBytes: number } | null = null;

vi.mock('node:fs/promises', async (importOriginal) => {
  const actual = await importOriginal<typeof import('node:fs/promises')>();
  return {
    ...actual,
    open: async (path: string, flags: string) => {
      const handle = await actual.open(path, flags);
      const planned = fault;
      if (planned && flags === 'w') {
        handle.writeFile = async (bytes) => {
          if (bytes instanceof Uint8Array) await handle.write(bytes.subarray(0, planned.afterBytes));
          throw Object.assign(new Error(`${planned.code}: planned, write`), { code: planned.code });
        };
      }
      return handle;
    },
  };
});

let folder = '';

beforeEach(async () => {
  fault = null;
  folder = await mkdtemp(join(tmpdir(), 'st-store-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('fileCheckpointStore', () => {
  it('gives back what was written, makes the folder, and leaves nothing else in it', async () => {
    const inner = join(folder, 'runs', 'x');
    const store = fileCheckpointStore(inner);
    expect(await store.read('last.safetensors')).toBeNull();
    await store.write('last.safetensors', Uint8Array.of(1, 2));
    await store.write('last.safetensors', Uint8Array.of(3, 4, 5));
    expect(Array.from((await store.read('last.safetensors')) ?? [])).toEqual([3, 4, 5]);
    expect(await readdir(inner)).toEqual(['last.safetensors']);
  });

  it('keeps the old file whole when the disk is full half way through the new one, and says so', async () => {
    const store = fileCheckpointStore(folder);
    await store.write('last.safetensors', Uint8Array.of(1, 2, 3));
    fault = { code: 'ENOSPC', afterBytes: 1000 };
    const write = store.write('last.safetensors', new Uint8Array(3 * 2 ** 20));
    await expect(write).rejects.toBeInstanceOf(CheckpointError);
    await expect(write).rejects.toThrow(
      `[@st/core] fileCheckpointStore: could not write '${join(folder, 'last.safetensors')}': ENOSPC: planned, write. The disk is full: free 3.0 MiB and resume. What was there before is untouched.`,
    );
    expect(await readdir(folder)).toEqual(['last.safetensors']);
    expect(Array.from(await readFile(join(folder, 'last.safetensors')))).toEqual([1, 2, 3]);
  });

  it('takes over the temporary file of a run that was killed while writing', async () => {
    await writeFile(join(folder, '.last.safetensors.tmp'), 'half of some');
    const store = fileCheckpointStore(folder);
    expect(await store.read('last.safetensors')).toBeNull();
    await store.write('last.safetensors', Uint8Array.of(7));
    expect(await readdir(folder)).toEqual(['last.safetensors']);
    expect(Array.from(await readFile(join(folder, 'last.safetensors')))).toEqual([7]);
  });

  it('says what it could not read or write, and why', async () => {
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
