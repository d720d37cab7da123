import type { Classifier } from '@st/core';
import { keep } from '@st/testing';
import { describe, expect, it } from 'vitest';
import { l1, linf } from '../../ball/threat.ts';
import { randomnessOf } from '../../fixtures/run-attack.fixture.ts';
import { grayExamples, severalClasses } from '../../fixtures/several-classes.fixture.ts';
import { type ApgdAttackOptions, apgdAttack } from './apgd-attack.ts';

describe('the options of apgdAttack', () => {
  it('are reported with their defaults, and the name', () => {
    expect(apgdAttack({ threat: linf(0.1), loss: 'dlr-targeted' })).toMatchObject({
      name: 'apgd-t',
      settings: {
        norm: 'linf',
        epsilon: 0.1,
        loss: 'dlr-targeted',
        iterations: 100,
        restarts: 1,
        targets: 9,
        eot: 1,
        rho: 0.75,
      },
    });
    expect(apgdAttack({ threat: linf(0.1), loss: 'ce' }).settings).not.toHaveProperty('targets');
    expect(apgdAttack({ threat: l1(1), loss: 'ce', name: 'apgd-l1' }).name).toBe('apgd-l1');
  });

  it.each([
    [{ loss: 'cw' }, "loss must be one of 'ce', 'dlr', 'dlr-targeted', got 'cw'"],
    [
      { targets: 3 },
      "targets must be left out with the loss 'ce', which aims at no class, got 3. Use loss 'dlr-targeted'.",
    ],
    [{ iterations: 0 }, 'iterations must be an integer >= 1, got 0'],
    [{ eot: 1.5 }, 'eot must be an integer >= 1, got 1.5'],
    [{ rho: 2 }, 'rho must be a finite number in [0, 1], got 2'],
    [{ radii: 'decreasing' }, "radii must be 'fixed' for linf, got 'decreasing'"],
    [
      { radii: 'decreasing', threat: l1(1), iterations: 4 },
      'iterations must be an integer >= 5, got 4. Decreasing radii split',
    ],
    [{ steps: 3 }, "unknown option 'steps'"],
  ])('are rejected: %j', (changes, message) => {
    expect(() => apgdAttack({ threat: linf(0.1), loss: 'ce', ...changes } as ApgdAttackOptions)).toThrow(
      `[@st/attacks] apgdAttack: ${message}`,
    );
  });

  it('are rejected for a classifier with too few classes for the loss or the targets, and too few streams', async () => {
    const three = severalClasses(3);
    const batch = grayExamples(three, 2);
    keep(batch.images, batch.labels);
    const run = (options: Partial<ApgdAttackOptions>, classifier: Classifier = three) =>
      apgdAttack({ threat: linf(0.1), loss: 'ce', ...options }).run(classifier, batch, randomnessOf(1, [0, 1]));
    await expect(run({ loss: 'dlr-targeted', targets: 2 })).rejects.toThrow(
      "[@st/attacks] apgdAttack: the loss 'dlr-targeted' needs a classifier of at least 4 classes, got 3. Use loss 'ce' or 'dlr'.",
    );
    await expect(run({ loss: 'dlr' }, severalClasses(2))).rejects.toThrow(
      "needs a classifier of at least 3 classes, got 2. Use loss 'ce'.",
    );
    await expect(run({ loss: 'dlr-targeted' }, severalClasses(5))).rejects.toThrow(
      "targets must be at most 4, the classes beside the label's of a classifier of 5, got 9. Pass targets: 4.",
    );
    const streams = apgdAttack({ threat: linf(0.1), loss: 'ce' }).run(three, batch, randomnessOf(1, [0]));
    await expect(streams).rejects.toThrow('randomness.examples must hold a stream for each of the 2 examples');
  });
});
