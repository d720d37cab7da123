import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '../errors/errors.ts';
import { lockFolder } from './lock-folder.ts';

const CHILD = fileURLToPath(new URL('lock-child.fixture.ts', import.meta.url));

let folder = '';
let children: ChildProcess[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'st-lock-'));
  children = [];
});

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

const lock = (name = 'run') => lockFolder('[@st/core] test', folder, name);
const lockFile = (): string => join(folder, '.run.lock');

/** Starts a process that tries to lock the folder; resolves with its output: 'locked', or the error's message. */
async function child(): Promise<{ child: ChildProcess; said: string }> {
  const started = spawn(process.execPath, ['--import', 'tsx', CHILD, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(started);
  const [said] = await once(started.stdout, 'data');
  return { child: started, said: String(said).trim() };
}

describe('lockFolder', () => {
  it('refuses a second lock while the first process runs, and takes over the lock of a killed process', async () => {
    const first = await child();
    expect(first.said).toBe('locked');
    await expect(lock()).rejects.toBeInstanceOf(CheckpointError);
    await expect(lock()).rejects.toThrow(`'${folder}' is being written by process ${first.child.pid}.`);
    const gone = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await gone;
    expect(existsSync(lockFile())).toBe(true);
    await (await lock()).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives the lock to one of several simultaneous processes', async () => {
    await writeFile(lockFile(), JSON.stringify({ ...JSON.parse(await held()), pid: 2 ** 30 })); // of a process that has ended
    const all = await Promise.all(Array.from({ length: 4 }, child));
    expect(all.filter(({ said }) => said === 'locked')).toHaveLength(1);
  });

  it('gives the lock to one of several processes that find a lock whose process ended, also if it ended during a takeover', async () => {
    const ended = JSON.stringify({ ...JSON.parse(await held()), pid: 2 ** 30 });
    const claim = `${lockFile()}.${createHash('sha256').update(ended).digest('hex').slice(0, 16)}`;
    for (let round = 0; round < 40; round++) {
      await writeFile(lockFile(), ended);
      if (round % 2 === 1) await writeFile(claim, ended.replace('"token":"', '"token":"claim'));
      const all = await Promise.allSettled(Array.from({ length: 8 }, () => lock()));
      const locks = all.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      expect(locks).toHaveLength(1);
      await locks[0]?.release();
      expect(await readdir(folder)).toEqual([]);
    }
  });

  it('takes over the lock of an earlier process with the same id, and of one before a reboot', async () => {
    const text = await held();
    for (const change of [{ boot: 'another' }, ...(process.platform === 'linux' ? [{ started: '1' }] : [])]) {
      await writeFile(lockFile(), JSON.stringify({ ...JSON.parse(text), ...change }));
      await (await lock()).release();
    }
    await writeFile(lockFile(), text);
    await expect(lock()).rejects.toThrow(
      `is being written by process ${process.pid} (this one). Wait until it has ended`,
    );
  });

  it('takes over the lock of another machine if it was not renewed for ten minutes', async () => {
    const text = JSON.stringify({ ...JSON.parse(await held()), host: 'elsewhere', pid: 7 });
    await writeFile(lockFile(), text);
    await expect(lock()).rejects.toThrow(
      `is being written by process 7 on 'elsewhere' (last seen 0 s ago). Wait until it has ended, or name another folder; if it has ended, delete '${lockFile()}' or retry in 10 minutes.`,
    );
    const ahead = new Date(Date.now() + 120_000); // the clock of a file server
    await utimes(lockFile(), ahead, ahead);
    await expect(lock()).rejects.toThrow('(last seen 0 s ago)');
    const old = new Date(Date.now() - 601_000);
    await utimes(lockFile(), old, old);
    await (await lock()).release();
  });

  it('treats an unreadable lock as one of another machine', async () => {
    for (const text of ['', 'null', '{"pid":1}']) {
      await writeFile(lockFile(), text);
      await expect(lock()).rejects.toThrow("is being written by process unknown on 'an unknown machine'");
    }
  });

  it('removes a folder that it created if it is empty, and ignores locks of other names', async () => {
    const inner = join(folder, 'a', 'b');
    const [run, report] = [await lockFolder('x', inner, 'run'), await lockFolder('x', inner, 'report')];
    await report.release();
    await run.release();
    await run.release();
    expect(existsSync(inner)).toBe(false);
  });

  it('does not remove the lock of a process that took it over', async () => {
    const own = await lock();
    await writeFile(lockFile(), 'of another');
    process.listeners('exit').at(-1)?.(0);
    await own.release();
    expect(await readFile(lockFile(), 'utf8')).toBe('of another');
  });

  it('removes its lock at the end of the process', async () => {
    const own = await lock();
    process.listeners('exit').at(-1)?.(0);
    expect(existsSync(lockFile())).toBe(false);
    await own.release();
  });
});

/** The text of a lock of this process. */
async function held(): Promise<string> {
  const own = await lock();
  const text = await readFile(lockFile(), 'utf8');
  await own.release();
  return text;
}
