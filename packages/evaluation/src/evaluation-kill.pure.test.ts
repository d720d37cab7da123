import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRng } from '@st/core';
import { afterAll, beforeAll, expect, it } from 'vitest';

import type { RobustnessReport } from './report/robustness-report.ts';

const CHILD = fileURLToPath(new URL('evaluation-child.fixture.ts', import.meta.url));

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'st-evaluation-kill-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** When to kill the child: `delay` milliseconds after it has computed `batches` batches. */
type Kill = { readonly batches: number; readonly delay: number };

type Outcome = { readonly done: string[]; readonly report: RobustnessReport | null };

/** Runs the child until it ends or is killed. Returns the batches that it computed, and its report if it finished. */
async function run(state: string, batchSize: number, kill?: Kill): Promise<Outcome> {
  const args = ['--import', 'tsx', CHILD, state, String(batchSize)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close'); // listen before the child can exit
  let printed = '';
  let failed = '';
  let due = false;
  const done = (): string[] => printed.split('\n').filter((line) => line.startsWith('done '));
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
    if (due || !kill || done().length < kill.batches) return;
    due = true;
    setTimeout(() => child.kill('SIGKILL'), kill.delay);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    failed += chunk.toString();
  });
  const [code, signal] = await closed;
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the child ended with code ${code}: ${failed}`);
  if (kill && signal !== 'SIGKILL') throw new Error(`the child ended before it was killed: ${printed}`);
  const last = printed.trimEnd().split('\n').at(-1) ?? '';
  return { done: done(), report: last.startsWith('{') ? JSON.parse(last) : null };
}

/** The files of a folder, without temporary files left by a kill. */
async function filesIn(path: string): Promise<string[]> {
  return (await readdir(path)).filter((file) => !file.startsWith('.')).sort();
}

/** The report without its times. */
const timeless = ({ timing: _, ...rest }: RobustnessReport): object => rest;

it('an evaluation that is killed and resumed several times gives the same report as an uninterrupted one', async () => {
  const whole = await run(join(folder, 'whole'), 4);
  if (!whole.report) throw new Error('no report');
  expect(whole.report.attacks.map(({ broken }) => broken > 0)).toContain(true);
  const rng = createRng(1);
  const chopped = join(folder, 'chopped');
  const batches: string[] = [];
  for (const killed of [3, 1, 4]) {
    const { done, report } = await run(chopped, 4, { batches: killed, delay: rng.integer(6) });
    expect(report).toBeNull();
    batches.push(...done);
  }
  const last = await run(chopped, 4);
  if (!last.report) throw new Error('no report');
  expect(timeless(last.report)).toEqual(timeless(whole.report));
  // no batch was computed twice; a batch that was stored just before a kill may not have been printed
  const all = [...batches, ...last.done];
  expect(new Set(all).size).toBe(all.length);
  expect(whole.done.length - all.length).toBeLessThanOrEqual(3);
  expect(await filesIn(chopped)).toEqual(await filesIn(join(folder, 'whole')));

  const again = await run(chopped, 4);
  expect(again.done).toEqual([]);
  if (!again.report) throw new Error('no report');
  expect(again.report).toEqual(last.report); // including the times, which are read back
});

it('an evaluation resumed with another batch size gives the same report', async () => {
  const other = join(folder, 'other size');
  await run(other, 4, { batches: 5, delay: 0 });
  const { report } = await run(other, 7);
  const whole = await run(join(folder, 'whole'), 4);
  if (!report || !whole.report) throw new Error('no report');
  expect(timeless(report)).toEqual(timeless(whole.report)); // the report has the batch size of the first process
});
