import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { UsageError } from '../command-line/usage-error.ts';
import { completeSettings } from './command-line.ts';
import { outputFolder, readSettings } from './output-folder.ts';
import { settingsFault } from './settings-fault.ts';

const whole = completeSettings({ checkpoint: 'runs/mine' });

describe('settings of a folder', () => {
  let path = '';
  beforeAll(() => {
    path = mkdtempSync(join(tmpdir(), 'st-settings-'));
  });
  afterAll(() => rmSync(path, { recursive: true, force: true }));

  it('are accepted as the command writes them', () => {
    expect(settingsFault(whole)).toBeNull();
    expect(settingsFault({ ...whole, curve: [0.1], subsetSeed: 3, imageSize: [32, 48], leaveOut: ['a.*'] })).toBeNull();
    writeFileSync(outputFolder(path).settings, JSON.stringify(whole));
    expect(readSettings(outputFolder(path))).toEqual(whole);
  });

  it.each<[string, unknown, string]>([
    ['null', null, 'it must be an object of settings, got null'],
    ['a list', [], 'it must be an object of settings, got []'],
    ['an unknown norm', { ...whole, norm: 'l9' }, "norm must be one of 'linf', 'l2', 'l1', got 'l9'"],
    ['an attack that is null', { ...whole, attack: null }, 'attack must be a list of attack names, got null'],
    [
      'an attack that is a string',
      { ...whole, attack: 'pgd-20' },
      "attack must be a list of attack names, got 'pgd-20'",
    ],
    ['an unknown attack', { ...whole, attack: ['pdg'] }, "attack must be a list of attack names, got ['pdg']"],
    ['a curve of strings', { ...whole, curve: ['a'] }, "curve must be a list, each a number above 0, got ['a']"],
    [
      'data that are a number',
      { ...whole, data: 5 },
      'data must be a test set, such as cifar10 or cifar100:PATH, got 5',
    ],
    ['an epsilon below 0', { ...whole, epsilon: -1 }, 'epsilon must be a number above 0, got -1'],
    ['examples that are a string', { ...whole, examples: 'x' }, "examples must be an integer >= 1, got 'x'"],
    ['half a batch', { ...whole, batchSize: 0.5 }, 'batchSize must be an integer >= 1, got 0.5'],
    ['an unknown setting', { ...whole, extra: 1 }, "there is no setting 'extra'"],
    ['no checkpoint', { norm: 'l2' }, 'checkpoint is missing'],
  ])('with %s are refused with a reason', (_, value, message) => {
    expect(settingsFault(value)).toBe(message);
    writeFileSync(outputFolder(path).settings, JSON.stringify(value));
    expect(() => readSettings(outputFolder(path))).toThrow(message);
    expect(() => readSettings(outputFolder(path))).toThrow(UsageError);
  });

  it.each(['', '{', '['.repeat(30_000)])('that are not JSON (%.5s) are refused with a reason', (text) => {
    writeFileSync(outputFolder(path).settings, text);
    expect(() => readSettings(outputFolder(path))).toThrow('must be JSON');
    expect(() => readSettings(outputFolder(path))).toThrow(UsageError);
  });
});
