import type { ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { l1, l2, linf } from '../../ball/threat.ts';
import { examplesAt, linearClassifier } from '../../fixtures/linear-model.fixture.ts';
import { runInBatches } from '../../fixtures/run-attack.fixture.ts';
import { apgdAttack } from '../apgd/apgd-attack.ts';
import { pgdAttack } from '../pgd/pgd-attack.ts';
import { squareAttack } from '../square/square-attack.ts';
import { type AutoAttackOptions, autoAttack } from './auto-attack.ts';
import { autoAttackVersion } from './auto-attack-version.ts';

const threat = linf(8 / 255);
const settingsOf = (options: AutoAttackOptions): Record<string, unknown> =>
  Object.fromEntries(autoAttack(options).attacks.map(({ name, settings }) => [name, settings]));
const forTen = (of: ThreatModel, version: AutoAttackOptions['version'] = 'standard') =>
  settingsOf({ threat: of, classes: 10, version });

const APGD = { iterations: 100, restarts: 1, eot: 1, rho: 0.75, radii: 'fixed', keep: 'last' };
const FAB = { iterations: 100, restarts: 1, alphaMax: 0.1, eta: 1.05, beta: 0.9, finalSearch: 0, keep: 'smallest' };
const SQUARE = { queries: 5000, restarts: 1, pInit: 0.8, rescale: false, loss: 'margin' };

describe('autoAttack', () => {
  it.each([threat, l2(0.5)])(
    'builds the standard version in $norm by default, with the published attacks, order and budgets',
    (of) => {
      const { name, version, departures, attacks } = autoAttack({ threat: of, classes: 10 });
      expect([name, version, departures]).toEqual(['AutoAttack (standard)', 'standard', []]);
      expect(attacks.map((attack) => attack.name)).toEqual(['apgd-ce', 'apgd-t', 'fab-t', 'square']);
      expect(forTen(of)).toEqual({
        'apgd-ce': { ...of, ...APGD, loss: 'ce' },
        'apgd-t': { ...of, ...APGD, loss: 'dlr-targeted', targets: 9 },
        'fab-t': { ...of, ...FAB, targeted: 9 },
        square: { ...of, ...SQUARE },
      });
    },
  );

  it('in l1 runs APGD with 5 restarts and decreasing radii, and targets 5 classes', () => {
    const of = l1(12);
    const sparse = { ...APGD, radii: 'decreasing' };
    expect(forTen(of)).toEqual({
      'apgd-ce': { ...of, ...sparse, loss: 'ce', restarts: 5 },
      'apgd-t': { ...of, ...sparse, loss: 'dlr-targeted', targets: 5 },
      'fab-t': { ...of, ...FAB, targeted: 9 },
      square: { ...of, ...SQUARE },
    });
    expect(autoAttack({ threat: of, classes: 10 }).name).toBe('AutoAttack (standard)');
  });

  it('adds untargeted attacks and restarts in version plus', () => {
    const { name, attacks } = autoAttack({ threat, classes: 10, version: 'plus' });
    expect(name).toBe('AutoAttack (plus)');
    expect(attacks.map((attack) => attack.name)).toEqual(['apgd-ce', 'apgd-dlr', 'fab', 'square', 'apgd-t', 'fab-t']);
    expect(forTen(threat, 'plus')).toEqual({
      'apgd-ce': { ...threat, ...APGD, loss: 'ce', restarts: 5 },
      'apgd-dlr': { ...threat, ...APGD, loss: 'dlr', restarts: 5 },
      fab: { ...threat, ...FAB, restarts: 5 },
      square: { ...threat, ...SQUARE },
      'apgd-t': { ...threat, ...APGD, loss: 'dlr-targeted', targets: 9 },
      'fab-t': { ...threat, ...FAB, targeted: 9 },
    });
  });

  it('averages 20 gradients in version rand', () => {
    expect(autoAttack({ threat, classes: 10, version: 'rand' }).name).toBe('AutoAttack (rand)');
    expect(forTen(threat, 'rand')).toEqual({
      'apgd-ce': { ...threat, ...APGD, loss: 'ce', eot: 20 },
      'apgd-dlr': { ...threat, ...APGD, loss: 'dlr', eot: 20 },
    });
  });

  it('targets 9 classes of more than 10, and is still named AutoAttack', () => {
    const { name } = autoAttack({ threat, classes: 100 });
    expect(name).toBe('AutoAttack (standard)');
  });

  it('targets all other classes of fewer than 10, and is not named AutoAttack', () => {
    const { name, version, departures, attacks } = autoAttack({ threat, classes: 4 });
    expect([name, version]).toEqual(['apgd-ce + apgd-t + fab-t + square', null]);
    expect(departures).toEqual([
      'targeted attacks aim at no more than the 3 other classes, where AutoAttack aims at up to 9',
    ]);
    expect(attacks[1]?.settings).toMatchObject({ targets: 3 });
    expect(attacks[2]?.settings).toMatchObject({ targeted: 3 });
  });

  it.each([
    ['other iterations', { iterations: 50 }, '50 iterations of APGD and FAB in place of 100'],
    ['other queries', { queries: 1000 }, '1000 iterations of Square in place of 5000'],
    ['a list of its own', { version: ['apgd-ce', 'square'] as const }, 'a list of attacks of its own'],
  ])('is not named AutoAttack with %s', (_, changes, departure) => {
    const { name, version, departures } = autoAttack({ threat, classes: 10, ...changes });
    expect(name).not.toContain('AutoAttack');
    expect(version).toBeNull();
    expect(departures).toEqual([departure]);
  });

  it('takes attacks of the user beside its parts, in the order given', () => {
    const own = pgdAttack({ threat, steps: 20, stepSize: 2 / 255 });
    const { name, attacks } = autoAttack({ threat, classes: 10, version: [own, 'apgd-dlr', 'fab', 'square'] });
    expect(name).toBe('pgd-20 + apgd-dlr + fab + square');
    expect(attacks[0]).toBe(own);
  });

  it('recognizes a version by its attacks, however the list was built', () => {
    const parts = autoAttack({ threat, classes: 10 }).attacks;
    expect(autoAttack({ threat, classes: 10, version: parts }).name).toBe('AutoAttack (standard)');
    expect(autoAttackVersion(parts)).toBe('standard');
    expect(autoAttackVersion([...parts].reverse())).toBeNull();
    expect(autoAttackVersion(parts.slice(1))).toBeNull();
    expect(autoAttackVersion([])).toBeNull();
    const [first, ...others] = parts;
    expect(autoAttackVersion([apgdAttack({ threat, loss: 'ce', restarts: 2 }), ...others])).toBeNull();
    expect(
      autoAttackVersion([
        first ?? squareAttack({ threat }),
        ...others.slice(0, 2),
        squareAttack({ threat, queries: 1 }),
      ]),
    ).toBeNull();
  });

  it('rejects losses that need more classes, and names the attacks that remain', () => {
    expect(() => autoAttack({ threat, classes: 3 })).toThrow(
      "[@st/attacks] autoAttack: 'apgd-t' climbs a difference of logits ratio that needs at least 4 classes, got 3: AutoAttack is not defined there. Pass a version without it: ['apgd-ce', 'fab-t', 'square'].",
    );
    expect(() => autoAttack({ threat, classes: 2, version: 'rand' })).toThrow(
      "'apgd-dlr' climbs a difference of logits ratio that needs at least 3 classes, got 2",
    );
    expect(autoAttack({ threat, classes: 3, version: 'rand' }).name).toBe('AutoAttack (rand)');
    expect(autoAttack({ threat, classes: 2, version: ['apgd-ce', 'fab-t', 'square'] }).attacks).toHaveLength(3);
  });

  it('rejects unknown versions and parts, two attacks of one name and another threat model, each with a hint', () => {
    const build = (changes: object) => () => autoAttack({ threat, classes: 10, ...changes } as AutoAttackOptions);
    expect(build({ version: 'fast' })).toThrow("version must be one of 'standard', 'plus', 'rand', got 'fast'.");
    expect(build({ version: [] })).toThrow(
      "version must be one of 'standard', 'plus', 'rand' or a list of attacks, got",
    );
    expect(build({ version: ['deepfool'] })).toThrow(
      "version must be one of 'apgd-ce', 'apgd-dlr', 'apgd-t', 'fab', 'fab-t', 'square', got 'deepfool'.",
    );
    expect(build({ version: ['square', 'square'] })).toThrow(
      "version must hold attacks of different names, got two called 'square'.",
    );
    expect(build({ version: [squareAttack({ threat: linf(0.1) })] })).toThrow(
      "version must hold attacks of the threat model linf 0.03137254901960784, got 'square' of linf 0.1. Build it with the same threat.",
    );
    expect(build({ classes: 1 })).toThrow('classes must be an integer >= 2, got 1.');
    expect(build({ iterations: 0 })).toThrow('iterations must be an integer >= 1, got 0.');
    expect(build({ queries: 0.5 })).toThrow('queries must be an integer >= 1, got 0.5.');
    expect(build({ norm: 'linf' })).toThrow("unknown option 'norm'");
    expect(build({ threat: 'Linf' })).toThrow('threat must be a threat model');
  });

  it.each<[string, Parameters<typeof linearClassifier>[0]]>([
    ['rounds its input', { pixels: (x) => tf.div(tf.round(tf.mul(x, 32)), 32) }],
    ['saturates its logits', { logits: (z) => tf.mul(z, 1e5) }],
  ])('breaks by Square a model that masks its gradient from APGD: it %s', async (_, disguise) => {
    const of = linf(0.1);
    const batch = examplesAt(of, [0.4, 0.6, 1.3]);
    const classifier = linearClassifier(disguise);
    const version = ['apgd-ce', 'square'] as const;
    const [white, black] = autoAttack({ threat: of, classes: 2, version, iterations: 20, queries: 300 }).attacks;
    if (!white || !black) throw new Error('two attacks were asked for');
    expect((await runInBatches(white, classifier, batch)).found).toEqual([0, 0, 0]);
    expect((await runInBatches(black, classifier, batch)).found).toEqual([1, 1, 0]);
    tf.dispose([batch.images, batch.labels]);
  });
});
