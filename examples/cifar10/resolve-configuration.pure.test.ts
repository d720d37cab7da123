import { describe, expect, it } from 'vitest';

import type { CommandLine } from './command-line.ts';
import { PRESET_NAMES, PRESETS, type PresetName, presetValues } from './presets.ts';
import { checkResumable, resolveConfiguration } from './resolve-configuration.ts';
import { type Choices, SETTINGS } from './settings.ts';

const asked = (given: Partial<Choices>, preset: PresetName = 'quick'): CommandLine => ({
  preset,
  given,
  resume: false,
});

describe('resolveConfiguration', () => {
  it('puts the flags over the preset', () => {
    const { beta, epsilon, preset, backend } = resolveConfiguration(asked({ beta: 4 }), 'wasm');
    expect({ beta, epsilon, preset, backend }).toEqual({ beta: 4, epsilon: 8 / 255, preset: 'quick', backend: 'wasm' });
  });

  it('carries the recipe of the paper', () => {
    expect(presetValues('paper-wrn-34-10', 'native')).toMatchObject({
      model: 'wrn-34-10',
      epsilon: 8 / 255,
      stepSize: 2 / 255,
      steps: 10,
      beta: 6,
      lr: 0.1,
      dropEpochs: [80, 100],
      dropFactor: 0.1,
      epochs: 120,
      maxSteps: null,
      batchSize: 128,
      momentum: 0.9,
      weightDecay: 5e-4,
      augment: true,
    });
  });

  it('gives every preset a value for every flag, and a number of steps that fits the back end', () => {
    for (const preset of PRESET_NAMES) {
      const resolved = resolveConfiguration(asked({}, preset), 'wasm');
      expect(Object.keys(resolved).sort()).toEqual([...Object.keys(SETTINGS), 'preset'].sort());
    }
    const onBackend = PRESETS.quick.onBackend;
    expect(resolveConfiguration(asked({}), 'wasm').maxSteps).toBe(onBackend?.wasm.maxSteps);
    expect(resolveConfiguration(asked({}), 'native').maxSteps).toBe(onBackend?.native.maxSteps);
    expect(onBackend?.native.maxSteps).toBeGreaterThan(onBackend?.wasm.maxSteps ?? Number.NaN);
  });

  it('takes --epochs at their word, where the preset counts steps', () => {
    expect(resolveConfiguration(asked({ epochs: 2 }), 'wasm')).toMatchObject({ epochs: 2, maxSteps: null });
    expect(resolveConfiguration(asked({ epochs: 2, maxSteps: 9 }), 'wasm')).toMatchObject({ epochs: 2, maxSteps: 9 });
  });

  it.each([
    [{ method: 'at', beta: 6 }, '--beta means nothing with --method at: it belongs to squeeze, trades. Leave it out.'],
    [
      { method: 'natural', steps: 3 },
      '--steps means nothing with --method natural: it belongs to squeeze, trades, at.',
    ],
    [{ epsilon: 8 }, 'in (0, 1], got 8. Inputs are in [0, 1]; for 8 grey levels pass 8 / 255.'],
    [{ dropEpochs: [2] }, '--drop-epochs means nothing with --schedule one-cycle: it belongs to piecewise.'],
  ] as const)('refuses %o, which cannot be meant', (given, message) => {
    expect(() => resolveConfiguration(asked(given), 'wasm')).toThrow(message);
  });
});

describe('checkResumable', () => {
  const run = resolveConfiguration(asked({ beta: 4 }), 'wasm');

  it('lets flags pass that say what the run has', () => {
    expect(() => checkResumable(run, { beta: 4, epsilon: 8 / 255, backend: 'auto' })).not.toThrow();
  });

  it.each([
    [{ beta: 3 }, '--beta 3 contradicts the run, which has 4: leave --beta out, or start a new run.'],
    [{ stepSize: 2 / 255 }, '--step-size 2/255 contradicts the run, which has 6/255'],
    [{ backend: 'native' as const }, '--backend native contradicts the run, which has wasm'],
  ])('refuses %o, which the run has not', (given, message) => {
    expect(() => checkResumable(run, given)).toThrow(message);
  });
});
