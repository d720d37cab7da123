import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFolder, removeIfEmpty } from '../command-line/claim-folder.ts';
import { UsageError } from '../command-line/usage-error.ts';
import { resolveConfiguration } from './resolve-configuration.ts';
import { defaultRunPath, readRun, refuseExistingRun, runFolder, startRun, storedConfiguration } from './run-folder.ts';
import { defaultsOf } from './settings/settings.ts';

const configuration = resolveConfiguration({ preset: 'miniature', given: { seed: 5 }, resume: false }, 'wasm');

let parent = '';
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'st-run-'));
});
afterEach(() => rmSync(parent, { recursive: true }));

describe('run folder', () => {
  it('reads back the configuration that it was started with, bit for bit', async () => {
    const folder = runFolder(join(parent, 'a', 'b'));
    refuseExistingRun(folder);
    await startRun(folder, configuration);
    expect(readRun(folder)).toEqual(configuration);
  });

  it('refuses to start in a folder with a run, and says how to continue it', async () => {
    const folder = runFolder(join(parent, 'a'));
    await startRun(folder, configuration);
    expect(() => refuseExistingRun(folder)).toThrow(
      'already holds a run: add --resume to continue it, or choose another --out.',
    );
  });

  it('refuses to resume in a folder without a run', () => {
    expect(() => readRun(runFolder(parent))).toThrow('holds no run to resume: start one with --out');
  });

  it('refuses a configuration that is not JSON', () => {
    writeFileSync(join(parent, 'config.json'), '{"preset":');
    expect(() => readRun(runFolder(parent))).toThrow('is not the configuration of a run');
  });

  it('reads a configuration of an older version: settings that it lacks are unused', () => {
    const older = Object.fromEntries(
      Object.entries(configuration).filter(([name]) => !(name in defaultsOf('optional'))),
    );
    writeFileSync(join(parent, 'config.json'), JSON.stringify(older));
    expect(readRun(runFolder(parent))).toEqual(configuration);
    expect(storedConfiguration(readRun(runFolder(parent)))).toEqual(older);
    expect(storedConfiguration({ ...configuration, ema: 0.9 })).toEqual({ ...older, ema: 0.9 });
  });

  it.each([
    [{ lookahead: 5 }, "it holds 'lookahead'"],
    [{ epsilon: undefined }, "it lacks 'epsilon'"],
  ])('refuses a configuration with %o, of another version', (change, what) => {
    writeFileSync(join(parent, 'config.json'), JSON.stringify({ ...configuration, ...change }));
    expect(() => readRun(runFolder(parent))).toThrow(
      `was written by another version of this program: ${what}. Resume it with that version, or start a new run.`,
    );
  });

  it.each([
    [{ method: 'mixup' }, "its 'method' is 'mixup'. Allowed: squeeze"],
    [{ model: 5 }, "its 'model' is 5. Allowed: resnet18"],
    [{ model: null }, "its 'model' is null."],
    [{ model: 'wrn-600004-10' }, "its 'model' is 'wrn-600004-10'. Allowed: resnet18"],
    [{ norm: 'l9' }, "its 'norm' is 'l9'. Allowed: linf, l2, l1."],
    [{ pathExamples: 1e9 }, "its 'pathExamples' is 1000000000. It must be a whole number"],
    [{ evalExamples: 'x' }, "its 'evalExamples' is 'x'. It must be a whole number"],
    [{ evalExamples: '8' }, "its 'evalExamples' is '8'."],
    [{ augment: 'no' }, "its 'augment' is 'no'. It must be true or false."],
    [{ preset: 'x' }, "its 'preset' is 'x'."],
    [{ dropEpochs: [3, 2] }, "its 'dropEpochs' is [3, 2]. It must be whole numbers in rising order"],
    [{ epsilon: { toString: 5 } }, "its 'epsilon' is an object"],
    [{ backend: 'auto' }, "its 'backend' is 'auto'. It must name one back end."],
  ])('refuses a configuration with %o', (change, what) => {
    writeFileSync(join(parent, 'config.json'), JSON.stringify({ ...configuration, ...change }));
    expect(() => readRun(runFolder(parent))).toThrow(
      `was edited, or written by another version of this program: ${what}`,
    );
  });

  it.each(['null', '5', '[]', `${'['.repeat(9999)}`])('refuses %.20s for a configuration', (text) => {
    writeFileSync(join(parent, 'config.json'), text);
    expect(() => readRun(runFolder(parent))).toThrow(UsageError);
  });

  it('claims another folder if the wanted one exists, and removes an empty one', () => {
    const wanted = join(parent, 'runs', 'a');
    const claimed = [claimFolder(wanted), claimFolder(wanted), claimFolder(wanted)];
    expect(claimed).toEqual([wanted, `${wanted}-2`, `${wanted}-3`]);
    writeFileSync(join(wanted, 'x'), '');
    claimed.forEach(removeIfEmpty);
    expect(claimed.map((path) => existsSync(path))).toEqual([true, false, false]);
  });

  it('names a new run by time, method and model', () => {
    const now = new Date(Date.UTC(2026, 0, 31, 12, 5, 9));
    expect(defaultRunPath('squeeze', 'wrn-10-2', now)).toBe(join('runs', '2026-01-31-12-05-09-squeeze-wrn-10-2'));
  });
});
