import { describe, expect, it } from 'vitest';

import { type CommandLine, parseCommandLine } from './command-line.ts';
import type { Configuration } from './configuration.ts';
import { METHODS, MIXING, SINGLE_STEP } from './method.ts';
import { PRESET_NAMES, type PresetName } from './preset-names.ts';
import { PRESETS, presetValues } from './presets.ts';
import { reproductionCommand } from './reproduction-command.ts';
import { checkResumable, resolveConfiguration } from './resolve-configuration.ts';
import { type Choices, SETTINGS } from './settings/settings.ts';

const asked = (given: Partial<Choices>, preset: PresetName = 'quick'): CommandLine => ({
  preset,
  given,
  resume: false,
});

describe('resolveConfiguration', () => {
  it('lets flags override the preset', () => {
    const { beta, epsilon, preset, backend } = resolveConfiguration(asked({ beta: 4 }), 'wasm');
    expect({ beta, epsilon, preset, backend }).toEqual({ beta: 4, epsilon: 8 / 255, preset: 'quick', backend: 'wasm' });
  });

  it('contains the recipe of the paper', () => {
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

  it('has a value for every flag in every preset, and a number of steps for every back end', () => {
    for (const preset of PRESET_NAMES) {
      const resolved = resolveConfiguration(asked({}, preset), 'wasm');
      expect(Object.keys(resolved).sort()).toEqual([...Object.keys(SETTINGS), 'preset'].sort());
    }
    const onBackend = PRESETS.quick.onBackend;
    expect(resolveConfiguration(asked({}), 'wasm').maxSteps).toBe(onBackend?.wasm.maxSteps);
    expect(resolveConfiguration(asked({}), 'native').maxSteps).toBe(onBackend?.native.maxSteps);
    expect(onBackend?.native.maxSteps).toBeGreaterThan(onBackend?.wasm.maxSteps ?? Number.NaN);
  });

  it('lets --epochs replace a number of steps of the preset', () => {
    expect(resolveConfiguration(asked({ epochs: 2 }), 'wasm')).toMatchObject({ epochs: 2, maxSteps: null });
    expect(resolveConfiguration(asked({ epochs: 2, maxSteps: 9 }), 'wasm')).toMatchObject({ epochs: 2, maxSteps: 9 });
  });

  it.each([
    [{ method: 'mart' }, { beta: 5, stepSize: 6 / 255 }],
    [{ method: 'alp' }, { beta: 0.5 }],
    [{ method: 'alp', beta: 2 }, { beta: 2 }],
    [{ method: 'fgsm-rs' }, { stepSize: 1.25 * (8 / 255) }],
    [
      { method: 'n-fgsm', epsilon: 4 / 255 },
      { stepSize: 4 / 255, noise: 2 },
    ],
    [{ method: 'fgsm-rs', stepSize: 0.01 }, { stepSize: 0.01 }],
    [{ norm: 'l2' }, { epsilon: 128 / 255, stepSize: ((10 * 15) / 128) * (128 / 255 / 2), evalStepSize: 32 / 255 }],
    [
      { method: 'trades', norm: 'l2', epsilon: 1, steps: 5 },
      { epsilon: 1, stepSize: 0.4, evalStepSize: 0.25 },
    ],
  ] as const)('gives %o the values of its method or norm', (given, own) => {
    const resolved = resolveConfiguration(asked(given), 'wasm');
    for (const [name, value] of Object.entries(own))
      expect(resolved[name as keyof typeof resolved]).toBeCloseTo(value, 12);
  });

  it('prints, for every method, a command that reproduces it', () => {
    for (const method of METHODS) {
      const resolved = resolveConfiguration(asked({ method, ...(method === 'trades' ? { norm: 'l2' } : {}) }), 'wasm');
      const modified: Configuration = {
        ...{ ...resolved, ema: 0.9, clipNorm: 1, autoAugment: true, cutout: 16 },
        ...(MIXING.includes(method) ? { mixup: 1, cutmix: 0.5, cutmixProbability: 1 } : {}),
        ...(SINGLE_STEP.includes(method) ? { catastrophicOverfitting: 'stop', overfittingTolerance: 0.3 } : {}),
      };
      const command = parseCommandLine(reproductionCommand(modified).split(' ').slice(3));
      if ('help' in command) throw new Error('expected a command, got the help');
      expect(resolveConfiguration(command, 'wasm')).toEqual(modified);
    }
  });

  it.each([
    [
      { method: 'at', beta: 6 },
      '--beta has no effect with --method at: it applies to squeeze, trades, mart, alp. Omit it.',
    ],
    [
      { method: 'natural', steps: 3 },
      '--steps has no effect with --method natural: it applies to squeeze, trades, mart, at, alp.',
    ],
    [
      { method: 'fgsm-rs', steps: 3 },
      '--steps has no effect with --method fgsm-rs: it applies to squeeze, trades, mart, at, alp.',
    ],
    [{ method: 'mart', labelSmoothing: 0.1 }, '--label-smoothing has no effect with --method mart: it applies to'],
    [
      { mixup: 1 },
      '--mixup does not work with --method squeeze, whose loss takes no mixed labels: it applies to at, fgsm-rs, n-fgsm, free, natural. Omit it.',
    ],
    [{ method: 'trades', cutmix: 1 }, '--cutmix does not work with --method trades, whose loss takes no mixed labels'],
    [
      { method: 'at', cutmixProbability: 1 },
      '--cutmix-probability has no effect without --cutmix: give both, or neither.',
    ],
    [
      { method: 'at', catastrophicOverfitting: 'stop' },
      '--catastrophic-overfitting has no effect with --method at: it applies to fgsm-rs, n-fgsm, free. Omit it.',
    ],
    [{ noise: 2 }, '--noise has no effect with --method squeeze: it applies to n-fgsm. Omit it.'],
    [{ method: 'trades', norm: 'l1', epsilon: 12 }, 'threat must be an l-infinity or l2 ball, got l1'],
    [{ method: 'free', norm: 'l2' }, '--norm l2 is not possible with --method free, which is made for linf. Omit it.'],
    [{ method: 'n-fgsm', norm: 'l2' }, 'threat must be an l-infinity ball, which the method is made for, got l2.'],
    [{ epsilon: 8 }, 'in (0, 1], got 8. Inputs are in [0, 1]; for 8 grey levels pass 8 / 255.'],
    [{ dropEpochs: [2] }, '--drop-epochs has no effect with --schedule one-cycle: it applies to piecewise.'],
  ] as const)('refuses the invalid combination %o', (given, message) => {
    expect(() => resolveConfiguration(asked(given), 'wasm')).toThrow(message);
  });
});

describe('checkResumable', () => {
  const run = resolveConfiguration(asked({ beta: 4 }), 'wasm');

  it('accepts flags that agree with the run', () => {
    expect(() => checkResumable(run, { beta: 4, epsilon: 8 / 255, backend: 'auto' })).not.toThrow();
  });

  it.each([
    [{ beta: 3 }, '--beta 3 contradicts the run, which has 4: omit --beta, or start a new run.'],
    [{ stepSize: 2 / 255 }, '--step-size 2/255 contradicts the run, which has 6/255'],
    [{ backend: 'native' as const }, '--backend native contradicts the run, which has wasm'],
  ])('refuses %o, which contradicts the run', (given, message) => {
    expect(() => checkResumable(run, given)).toThrow(message);
  });
});
