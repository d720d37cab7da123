import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSafetensors } from '@st/core';
import { lockFolder } from '@st/core/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { finish, type Started, start } from '../command-line/child-process.fixture.ts';
import { readMetrics } from './metrics-log.ts';

const SCRIPT = new URL('../../examples/cifar10.ts', import.meta.url);
const FLAGS = ['--preset', 'miniature', '--augment', '--backend', 'wasm', '--seed', '3', '--baseline-steps', '0'];
const MINUTES = 60_000;

let parent = '';
beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'st-end-to-end-'));
});
afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe('examples/cifar10.ts', () => {
  it(
    'gives the same weights, log and accuracies, bit for bit, after kill -9 and Ctrl-C as without',
    async () => {
      const whole = join(parent, 'whole');
      const cut = join(parent, 'cut');
      expect(await finish(start(SCRIPT, [...FLAGS, '--out', whole]))).toMatchObject({ code: 0 });

      const killed = start(SCRIPT, [...FLAGS, '--out', cut]);
      await untilStep(killed, cut, 3); // one past a checkpoint
      killed.process.kill('SIGKILL');
      expect(await finish(killed)).toMatchObject({ signal: 'SIGKILL' });
      expect(existsSync(join(cut, 'report.html'))).toBe(false);

      const lock = await lockFolder('a test', cut, 'run');
      const second = await finish(start(SCRIPT, ['--resume', cut]));
      expect(second.code).toBe(2);
      expect(second.output).toContain(`npm start: '${cut}' is being written by process ${process.pid}. Wait`);
      await lock.release();

      const stopped = start(SCRIPT, ['--resume', cut]);
      await untilStep(stopped, cut, 6);
      stopped.process.kill('SIGINT');
      const { code, output } = await finish(stopped);
      expect(code).toBe(130);
      expect(output).toMatch(/Resuming after step [2-5] of 10\./);
      expect(output).toContain(`Stopped. To resume: npm start -- --resume ${cut}`);

      expect(await finish(start(SCRIPT, ['--resume', cut]))).toMatchObject({ code: 0 });
      for (const file of ['last.safetensors', 'best.safetensors']) {
        expect(tensorsOf(join(cut, file))).toEqual(tensorsOf(join(whole, file)));
      }
      expect(logOf(cut)).toEqual(logOf(whole));
      expect(resultsOf(cut)).toEqual(resultsOf(whole));
      expect(readFileSync(join(cut, 'report.html'), 'utf8')).toContain('of 40 right');
    },
    8 * MINUTES,
  );

  it.each([
    [
      ['--epsilon', '8'],
      'must be a finite number in (0, 1], got 8. Inputs are in [0, 1]; for 8 grey levels pass 8 / 255.',
    ],
    [['--preset', 'nope'], 'Allowed choices are quick, miniature'],
    [['--data-dir', 'no-such-folder'], 'no-such-folder'],
  ])(
    'refuses %j with one line and exit code 2',
    async (flags, message) => {
      const { code, output } = await finish(
        start(SCRIPT, ['--backend', 'cpu', '--out', join(parent, 'refused'), ...flags]),
      );
      expect(code).toBe(2);
      expect(output.trimEnd().split('\n').at(-1)).toContain(message);
      expect(output).not.toMatch(/^ +at /m);
      expect(existsSync(join(parent, 'refused'))).toBe(false);
    },
    2 * MINUTES,
  );
});

/** Waits until the run's log holds the step. */
async function untilStep(started: Started, folder: string, step: number): Promise<void> {
  const path = join(folder, 'metrics.jsonl');
  while (!existsSync(path) || !readMetrics(path).metrics.some((metrics) => metrics.step >= step)) {
    if (started.process.exitCode !== null) throw new Error(`the run ended before step ${step}: ${started.output}`);
    await sleep(20);
  }
}

function tensorsOf(path: string): object {
  const { tensors } = readSafetensors(readFileSync(path), path);
  return Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      { shape, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex') },
    ]),
  );
}

/** The lines of the log without the speed. */
function logOf(folder: string): object[] {
  return readMetrics(join(folder, 'metrics.jsonl')).metrics.map((metrics) => ({ ...metrics, imagesPerSecond: 0 }));
}

function resultsOf(folder: string): object {
  const { evaluation, landscapes } = JSON.parse(readFileSync(join(folder, 'results.json'), 'utf8'));
  return { evaluation, landscapes };
}
