import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSafetensors, writeSafetensors } from '@st/core';
import type { SafetensorsTensor } from '@st/core/kit';
import { testBackend } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { ConformanceReport, type Totals } from './report.ts';
import { runFolder } from './run-folder.ts';

const fixture = (file: string): Buffer => readFileSync(fileURLToPath(new URL(`../fixtures/${file}`, import.meta.url)));

/** A network takes minutes on the plain cpu back end; its kernels have their own tests there. */
const SLOW = testBackend() === 'cpu';

let folder = '';
let lines: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'st-conformance-'));
  lines = [];
});

afterEach(() => rmSync(folder, { recursive: true }));

const put = (file: string, bytes: Uint8Array | string): void => writeFileSync(join(folder, file), bytes);
const run = (): Promise<Totals> =>
  runFolder(folder, { backend: testBackend() }, new ConformanceReport((line) => lines.push(line)));

/** A file with one value of one tensor changed. */
function changed(file: string, name: string, change: (value: number) => number): Uint8Array {
  const { tensors, metadata } = readSafetensors(fixture(file));
  const tensor = tensors.get(name);
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`${file} has no float ${name}`);
  const data = tensor.data.slice();
  data[0] = change(data[0] ?? 0);
  return writeSafetensors(new Map<string, SafetensorsTensor>([...tensors, [name, { ...tensor, data }]]), metadata);
}

describe('runFolder', () => {
  it('passes the reference, prints one line per case and the totals, and leaks nothing', async () => {
    put('regularizers.safetensors', fixture('regularizers.safetensors'));
    put('schedules.safetensors', fixture('schedules.safetensors'));
    const before = tf.memory().numTensors;
    const totals = await run();
    expect(tf.memory().numTensors).toBe(before);
    expect(totals.failures).toBe(0);
    expect(totals.cases).toBeGreaterThan(50);
    expect(lines.filter((line) => / ok( |$)/.test(line))).toHaveLength(totals.cases);
    expect(lines.at(-1)).toMatch(/^all +\d+ +0 +\d+/);
  });

  it.each([
    ['regularizers.safetensors', 'case0/symmkl', 1e-4],
    ['schedules.safetensors', 'lr_120e', 1e-4],
    ['schedules.safetensors', 'rst_trades_fixed', 1e-4],
    ['schedules.safetensors', 'sgd/nesterov_wd', 1e-4],
  ])('fails %s if %s is off by a relative %d', async (file, name, part) => {
    put(
      file,
      changed(file, name, (value) => value * (1 + part) + 1e-3 * part),
    );
    const { failures } = await run();
    expect(failures).toBeGreaterThan(0);
    expect(lines.some((line) => line.includes('FAIL') && line.includes(name.split('/')[0] ?? name))).toBe(true);
  });

  it.skipIf(SLOW)('checks a network, its gradients and statistics without a leak', async () => {
    put('model_preactresnet.safetensors', fixture('model_preactresnet.safetensors'));
    await run();
    const before = tf.memory().numTensors;
    const { cases, failures } = await run();
    expect([cases, failures]).toEqual([12, 0]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.skipIf(SLOW)('fails a network with a wrong gradient', async () => {
    const bytes = changed('model_preactresnet.safetensors', 'grad/linear.bias', (value) => value * 1.1 + 1e-4);
    put('model_preactresnet.safetensors', bytes);
    expect((await run()).failures).toBe(1);
    expect(lines.filter((line) => line.includes('FAIL')).join()).toContain('worst linear.bias');
  });

  it('fails a file with an unknown name, and names it', async () => {
    put('loss_new.safetensors', '');
    expect((await run()).failures).toBe(1);
    expect(lines[0]).toMatch(/^loss_new\.safetensors +FAIL {2}unknown reference file$/);
  });

  it('fails a truncated file and checks the others', async () => {
    put('regularizers.safetensors', fixture('regularizers.safetensors').subarray(0, 9000));
    put('schedules.safetensors', fixture('schedules.safetensors'));
    const { cases, failures } = await run();
    expect([cases, failures]).toEqual([11, 1]);
    expect(lines.some((line) => line.includes('regularizers.safetensors') && line.includes('FAIL'))).toBe(true);
  });

  it('fails a file whose tensors are missing, belong to another file, or are NaN', async () => {
    const { tensors, metadata } = readSafetensors(fixture('model_preactresnet.safetensors'));
    const without = new Map([...tensors].filter(([name]) => name !== 'state/conv1.weight'));
    put('model_preactresnet.safetensors', writeSafetensors(without, metadata));
    expect((await run()).failures).toBe(1);
    put('model_preactresnet.safetensors', fixture('schedules.safetensors'));
    expect((await run()).failures).toBe(1);
    rmSync(join(folder, 'model_preactresnet.safetensors'));
    put(
      'schedules.safetensors',
      changed('schedules.safetensors', 'lr_80e', () => Number.NaN),
    );
    expect((await run()).failures).toBe(1);
  });

  it('lists the files that are not covered, without failing them', async () => {
    put('README.md', '');
    expect(await run()).toEqual({ cases: 0, failures: 0, skipped: 0 });
    expect(lines[0]).toContain('not covered');
  });

  describe('on PyTorch’s checkpoints', () => {
    const checkpoint = (file: string): Buffer => fixture(`ckpt/${file}`);
    const lay = (files: Readonly<Record<string, Uint8Array>>): void => {
      mkdirSync(join(folder, 'ckpt'));
      for (const [file, bytes] of Object.entries(files)) put(join('ckpt', file), bytes);
    };
    const failed = (): string[] => lines.filter((line) => /^ckpt .*FAIL( {2}|$)/.test(line));

    it('passes good files and refused files, under any name, and leaks nothing', async () => {
      lay({
        'expected.safetensors': checkpoint('expected.safetensors'),
        'any.pth': checkpoint('strided_offset.pt'),
        'views.pt': checkpoint('strided_offset.pt'),
        'malicious_a.pt': checkpoint('malicious_zip.pt'),
        'malicious_b.pt': checkpoint('malicious_legacy.pt'),
        'truncated_x.pt': checkpoint('truncated_legacy.pt'),
        'notes.txt': Uint8Array.of(1),
      });
      const before = tf.memory().numTensors;
      expect(await run()).toEqual({ cases: 9, failures: 0, skipped: 0 });
      expect(tf.memory().numTensors).toBe(before);
    });

    it('fails a file that should be refused but is read, one that cannot be read, and one with other values', async () => {
      const { tensors, metadata } = readSafetensors(checkpoint('expected.safetensors'));
      const other = new Map<string, SafetensorsTensor>(tensors);
      other.set('state/module.linear.bias', { dtype: 'F32', shape: [10], data: new Float32Array(10) });
      lay({
        'expected.safetensors': writeSafetensors(other, { ...metadata, epoch: '78' }),
        'good.pt': checkpoint('strided_offset.pt'),
        'missing_key.pt': checkpoint('strided_offset.pt'),
        'malicious_a.pt': checkpoint('truncated_legacy.pt'),
        'unreadable.pt': checkpoint('malicious_zip.pt'),
      });
      expect((await run()).failures).toBe(5);
      expect(failed().map((line) => line.replace(/^ckpt +/, '').split('  ')[0])).toEqual([
        'good.pt state',
        'good.pt epoch',
        'malicious_a.pt refused',
        'missing_key.pt refused',
        'unreadable.pt read',
      ]);
    });

    it('fails a folder without the file of expected values', async () => {
      lay({ 'good.pt': checkpoint('strided_offset.pt') });
      expect((await run()).failures).toBe(1);
    });
  });

  it('names a folder that cannot be read', async () => {
    folder = join(folder, 'missing');
    await expect(run()).rejects.toThrow(`the folder of reference files cannot be read: ${folder}.`);
    folder = join(folder, '..');
  });
});
