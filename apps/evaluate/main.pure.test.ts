import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readSafetensors, writeSafetensors } from '@st/core';
import type { RobustnessReport } from '@st/evaluation';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { finish, type Started, start } from '../command-line/child-process.fixture.ts';

const TRAIN = new URL('../../examples/cifar10.ts', import.meta.url);
const EVALUATE = new URL('./main.ts', import.meta.url);
const VERIFY = new URL('./verify.ts', import.meta.url);
const MINUTES = 60_000;

let parent = '';
let checkpoint = '';
let flags: readonly string[] = [];

beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'st-evaluate-'));
  checkpoint = join(parent, 'run');
  const training = ['--preset', 'miniature', '--backend', 'wasm', '--seed', '3', '--baseline-steps', '0'];
  expect(await finish(start(TRAIN, [...training, '--out', checkpoint]))).toMatchObject({ code: 0 });
  flags = [
    ...['--checkpoint', checkpoint, '--backend', 'wasm', '--attack', 'apgd-ce,pgd-5', '--examples', '40'],
    ...['--batch-size', '4', '--curve', '4/255,8/255'],
  ];
}, 4 * MINUTES);
afterAll(() => rmSync(parent, { recursive: true, force: true }));

describe('apps/evaluate', () => {
  it(
    'gives the same report after kill -9 and Ctrl-C as without, with examples that verify',
    async () => {
      const whole = join(parent, 'whole');
      const cut = join(parent, 'cut');
      const first = await finish(start(EVALUATE, [...flags, '--out', whole]));
      expect(first).toMatchObject({ code: 0 });
      expect(first.output).toMatch(/natural +\d+\.\d %[\s\S]*apgd-ce[\s\S]*worst case/);

      const killed = start(EVALUATE, [...flags, '--out', cut]);
      await untilSteps(killed, cut, 12); // within the first attack
      killed.process.kill('SIGKILL');
      expect(await finish(killed)).toMatchObject({ signal: 'SIGKILL' });
      expect(existsSync(join(cut, 'report.json'))).toBe(false);

      const stopped = start(EVALUATE, ['--resume', '--out', cut]);
      await untilSteps(stopped, cut, 14);
      stopped.process.kill('SIGINT');
      const { code, output } = await finish(stopped);
      expect(code).toBe(130);
      expect(output).toContain(`Stopped. To resume: npm run evaluate -- --resume --out ${cut}`);

      expect(await finish(start(EVALUATE, ['--resume', '--out', cut]))).toMatchObject({ code: 0 });
      expect(reportOf(cut)).toEqual(reportOf(whole));
      const file = (folder: string): Buffer => readFileSync(join(folder, 'adversarial.safetensors'));
      expect(file(cut).equals(file(whole))).toBe(true);

      const verify = ['--checkpoint', checkpoint, '--backend', 'wasm', '--file'];
      const verified = await finish(start(VERIFY, [...verify, join(whole, 'adversarial.safetensors')]));
      expect(verified).toMatchObject({ code: 0 });
      expect(verified.output).toContain('Every claim holds.');
      const { robust } = reportOf(whole);
      expect(verified.output).toContain(`robust: ${robust.correct} of 40 right, claimed ${robust.correct}`);

      tamperWith(join(cut, 'adversarial.safetensors'));
      const refuted = await finish(start(VERIFY, [...verify, join(cut, 'adversarial.safetensors')]));
      expect(refuted.code).toBe(3);
      expect(refuted.output).toContain('apgd-ce: outside ball');
    },
    10 * MINUTES,
  );

  it.each<[string, () => readonly string[], string]>([
    [
      'a radius in grey levels',
      () => [...flags, '--epsilon', '8', '--out', join(parent, 'a')],
      'for 8 grey levels pass 8 / 255.',
    ],
    ['a missing checkpoint', () => ['--checkpoint', join(parent, 'none')], 'does not exist.'],
    [
      'a folder that holds an evaluation',
      () => [...flags, '--out', checkpointNamed('held')],
      'already holds an evaluation: add --resume',
    ],
    ['nothing to resume', () => ['--resume', '--out', join(parent, 'b')], 'holds no evaluation to resume'],
  ])(
    'refuses %s with one line and exit code 2',
    async (_, args, message) => {
      const { code, output } = await finish(start(EVALUATE, args()));
      expect(code).toBe(2);
      expect(output.trimEnd().split('\n').at(-1)).toContain(message);
      expect(output).not.toMatch(/^ +at /m);
      expect(existsSync(join(parent, 'a'))).toBe(false);
    },
    2 * MINUTES,
  );
});

/** A folder that holds the report of an evaluation. */
function checkpointNamed(name: string): string {
  const folder = mkdtempSync(join(parent, name));
  writeFileSync(join(folder, 'report.json'), '{}');
  return folder;
}

/** Moves one pixel of the first point out of the ball. */
function tamperWith(path: string): void {
  const { tensors, metadata } = readSafetensors(readFileSync(path));
  const points = tensors.get('adversarial')?.data;
  if (!(points instanceof Float32Array)) throw new Error('no points');
  points[0] = (points[0] ?? 0) > 0.5 ? 0 : 1;
  writeFileSync(path, writeSafetensors(tensors, metadata));
}

/** Waits until the journal holds at least this many steps. */
async function untilSteps(started: Started, folder: string, steps: number): Promise<void> {
  const state = join(folder, 'state');
  const written = (): number => readdirSync(state).filter((file) => file.startsWith('step-')).length;
  while (!existsSync(state) || written() < steps) {
    if (started.process.exitCode !== null) throw new Error(`it ended before step ${steps}: ${started.output}`);
    await sleep(20);
  }
}

/** The report without its timing. */
function reportOf(folder: string): Omit<RobustnessReport, 'timing'> {
  const { timing: _, ...report } = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as RobustnessReport;
  return report;
}
