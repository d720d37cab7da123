import { spawnSync } from 'node:child_process';
import promises, { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeFileDurably } from './write-file-durably.ts';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'st-durable-'));
});

afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** Records every sync and rename from now on, in order, with the name of the file. */
function recordCalls(): string[] {
  const calls: string[] = [];
  const nameOf = (path: string): string => basename(path).replace(/\.\d+\.\d+\.tmp$/, '.tmp');
  const actual = process.getBuiltinModule;
  vi.spyOn(process, 'getBuiltinModule').mockImplementation((name: string) => {
    if (name !== 'node:fs/promises') return actual(name);
    const open = async (path: string, flags: string) => {
      const handle = await promises.open(path, flags);
      const sync = handle.sync.bind(handle);
      handle.sync = () => {
        calls.push(`sync ${nameOf(path)}`);
        return sync();
      };
      return handle;
    };
    const rename = (from: string, to: string) => {
      calls.push(`rename ${nameOf(from)} ${nameOf(to)}`);
      return promises.rename(from, to);
    };
    return { ...promises, open, rename };
  });
  return calls;
}

describe('writeFileDurably', () => {
  it.skipIf(process.platform === 'win32')('syncs the content before the rename, and the folder after it', async () => {
    const calls = recordCalls();
    await writeFileDurably(join(folder, 'a', 'b', 'x.json'), '{}');
    // the parent of the new folders, the content, the rename, the folder of the file
    expect(calls).toEqual([`sync ${basename(folder)}`, 'sync .x.json.tmp', 'rename .x.json.tmp x.json', 'sync b']);
    expect(await readFile(join(folder, 'a', 'b', 'x.json'), 'utf8')).toBe('{}');
  });

  it('leaves the complete content of one of several simultaneous writes', async () => {
    const path = join(folder, 'x');
    const contents = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(100_000));
    await Promise.all(contents.map((content) => writeFileDurably(path, content)));
    expect(contents).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['x']);
  });

  it('removes temporary files that ended processes left more than ten minutes ago, and nothing else', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const names = [
      `.x.${pid}.1.tmp`,
      `.x.${process.pid}.999.tmp`,
      `.x.y.${pid}.1.tmp`,
      '.x.mine.tmp',
      `.x.${pid}.2.tmp`,
    ];
    for (const name of names) await writeFile(join(folder, name), 'half');
    const old = new Date(Date.now() - 3_600_000);
    for (const name of names.slice(0, -1)) await utimes(join(folder, name), old, old);
    await writeFileDurably(join(folder, 'x'), '');
    expect((await readdir(folder)).sort()).toEqual([...names.slice(1), 'x'].sort());
  });
});
