import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPseudoLabeled } from '@st/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { finish, start } from '../command-line/child-process.fixture.ts';

const SCRIPT = new URL('./main.ts', import.meta.url);
const SIZES = ['--labelled', '40', '--unlabelled', '40', '--batch-size', '20', '--widths', '2,3,4,5'];
const LENGTHS = ['--teacher-epochs', '2', '--epochs', '1', '--steps', '1', '--eval-examples', '10', '--seed', '3'];
const FLAGS = ['--backend', 'wasm', ...SIZES, ...LENGTHS];
const MINUTES = 60_000;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-rst-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (flags: readonly string[]): ReturnType<typeof finish> => finish(start(SCRIPT, flags));

/** The output from the head of the table on. */
const tableOf = (output: string): string => output.slice(output.indexOf('10 test images'));

describe('apps/self-training', () => {
  it(
    'trains, pseudo-labels and self-trains; the same command again gives the same accuracies without training',
    async () => {
      const first = await run([...FLAGS, '--out', folder]);
      expect(first).toMatchObject({ code: 0 });
      expect(first.output).toMatch(/Pseudo-labels: 40 of 40 kept at confidence >= 0, [\d.]+ % as in the set; teacher /);
      expect(first.output).toContain('student: step 4/4 (100 %)'); // 40 labeled images, 10 per batch
      const table = tableOf(first.output);
      expect(table).toMatch(/natural training on 40 labeled +[\d.]+ % +[\d.]+ %\n/);
      expect(table).toMatch(/squeeze self-training, 40 more +[\d.]+ % +[\d.]+ %\n/);

      const { dataset, provenance } = await loadPseudoLabeled(join(folder, 'pseudo-labels.safetensors'));
      expect([dataset.size, dataset.imageShape]).toEqual([40, [32, 32, 3]]);
      expect(provenance).toMatchObject({ confidence: 0, examined: 40, kept: 40 });
      expect(provenance.modelDigest).toMatch(/^[0-9a-f]{64}$/);

      const again = await run([...FLAGS, '--out', folder]);
      expect(again.output).not.toContain('student: step');
      expect(tableOf(again.output)).toBe(table);

      const other = await run([...FLAGS, '--out', folder, '--beta', '3']);
      expect(other.code).toBe(2);
      expect(other.output).toContain('config.beta was 6 and is 3.');
    },
    4 * MINUTES,
  );

  it(
    'trains on the labels of a file, also with TRADES',
    async () => {
      const aux = join(folder, 'pseudo-labels.safetensors');
      const { code, output } = await run([...FLAGS, '--method', 'trades', '--aux', aux]);
      expect(code).toBe(0);
      expect(output).not.toContain('teacher');
      expect(tableOf(output)).toMatch(/trades self-training, 40 more +[\d.]+ % +[\d.]+ %\n/);
    },
    2 * MINUTES,
  );

  it.each([
    [['--aux', 'none.npz', '--backend', 'cpu'], '[@st/data] npzDataset: none.npz cannot be read as .npz: ENOENT'],
    [
      ['--unlabelled', '49000', '--backend', 'cpu'],
      '--unlabelled must be at most 48000, the training images that are not labeled, got 49000.',
    ],
  ])(
    'refuses %j with one line and exit code 2',
    async (flags, message) => {
      const { code, output } = await run(flags);
      expect(code).toBe(2);
      expect(output.trimEnd().split('\n').at(-1)).toContain(message);
      expect(output).not.toMatch(/^ +at /m);
    },
    MINUTES,
  );
});
