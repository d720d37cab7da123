import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UNUSED } from './presets.ts';
import { resolveConfiguration } from './resolve-configuration.ts';
import { defaultRunPath, readRun, refuseExistingRun, runFolder, startRun, storedConfiguration } from './run-folder.ts';

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

  it('reads a configuration of before settings were added: as one that leaves them unused', () => {
    const older = Object.fromEntries(Object.entries(configuration).filter(([name]) => !(name in UNUSED)));
    writeFileSync(join(parent, 'config.json'), JSON.stringify(older));
    expect(readRun(runFolder(parent))).toEqual(configuration);
    expect(storedConfiguration(readRun(runFolder(parent)))).toEqual(older);
    expect(storedConfiguration({ ...configuration, ema: 0.9 })).toEqual({ ...older, ema: 0.9 });
  });

  it.each([
    [{ method: 'mixup' }, "it has method 'mixup'"],
    [{ lookahead: 5 }, "it holds 'lookahead'"],
    [{ epsilon: undefined }, "it lacks 'epsilon'"],
  ])('refuses a configuration with %o, of another version', (change, what) => {
    writeFileSync(join(parent, 'config.json'), JSON.stringify({ ...configuration, ...change }));
    expect(() => readRun(runFolder(parent))).toThrow(
      `was written by another version of this program: ${what}. Resume it with that version, or start a new run.`,
    );
  });

  it('names a new run by time, method and model', () => {
    const now = new Date(Date.UTC(2026, 0, 31, 12, 5, 9));
    expect(defaultRunPath('squeeze', 'wrn-10-2', now)).toBe(join('runs', '2026-01-31-12-05-09-squeeze-wrn-10-2'));
  });
});
