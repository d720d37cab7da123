import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileCheckpointStore } from '../checkpoints/file-checkpoint-store.ts';
import { readWholeFile } from './read-whole-file.ts';

const WHERE = '[@st/x] y';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'st-read-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('readWholeFile', () => {
  it('reads a file, also through a link, into a buffer that is not shared', async () => {
    await writeFile(join(folder, 'a'), Uint8Array.of(1, 2, 3));
    await symlink(join(folder, 'a'), join(folder, 'link'));
    const bytes = await readWholeFile(WHERE, join(folder, 'link'), 3);
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
    expect([bytes.constructor, bytes.buffer.byteLength]).toEqual([Uint8Array, 3]);
    await expect(readWholeFile(WHERE, join(folder, 'a'), 2)).rejects.toThrow('must be at most 2 bytes, got 3.');
    await expect(readWholeFile(WHERE, join(folder, 'none'), 2)).rejects.toThrow(
      expect.objectContaining({ code: 'ENOENT' }),
    );
  });

  it.runIf(process.platform === 'linux')(
    'refuses pipes, devices and folders, and does not wait for a writer',
    async () => {
      execFileSync('mkfifo', [join(folder, 'pipe')]);
      await symlink('/dev/zero', join(folder, 'best.safetensors'));
      const failure = (path: string) => readWholeFile(WHERE, path, 2 ** 31).catch((error: Error) => error.message);
      expect(await failure(join(folder, 'pipe'))).toContain("pipe' must be a regular file, is a pipe.");
      expect(await failure('/dev/zero')).toBe(`${WHERE}: '/dev/zero' must be a regular file, is a device.`);
      expect(await failure(join(folder, 'best.safetensors'))).toContain('must be a regular file, is a device.');
      expect(await failure(folder)).toContain('must be a regular file, is a folder.');
      await expect(fileCheckpointStore(folder).read('best.safetensors')).rejects.toThrow(
        expect.objectContaining({ code: 'ST_CHECKPOINT', message: expect.stringContaining('is a device') }),
      );
    },
  );
});
