import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { resolveConfiguration } from './resolve-configuration.ts';
import { defaultRunPath, readRun, refuseExistingRun, runFolder, startRun } from './run-folder.ts';

const configuration = resolveConfiguration({ preset: 'miniature', given: { seed: 5 }, resume: false }, 'wasm');

let parent = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'st-run-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

describe('run folder', () => {
  it('reads back the configuration that it was started with, to the last bit', () => {
    const folder = runFolder(join(parent, 'a', 'b'));
    refuseExistingRun(folder);
    startRun(folder, configuration);
    expect(readRun(folder)).toEqual(configuration);
  });

  it('refuses to start where a run is, and says how to go on', () => {
    const folder = runFolder(join(parent, 'a'));
    startRun(folder, configuration);
    expect(() => refuseExistingRun(folder)).toThrow(
      'already holds a run: add --resume to go on with it, or give another --out.',
    );
  });

  it('refuses to resume where no run is', () => {
    expect(() => readRun(runFolder(parent))).toThrow('holds no run to resume: start one with --out');
  });

  it('refuses a configuration that is not JSON', () => {
    writeFileSync(join(parent, 'config.json'), '{"preset":');
    expect(() => readRun(runFolder(parent))).toThrow('is not the configuration of a run');
  });

  it('names a new run by time, method and model', () => {
    const now = new Date(Date.UTC(2026, 0, 31, 12, 5, 9));
    expect(defaultRunPath('squeeze', 'wrn-10-2', now)).toBe(join('runs', '2026-01-31-12-05-09-squeeze-wrn-10-2'));
  });
});
