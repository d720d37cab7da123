import { StError } from '@st/core';
import { describe, expect, it } from 'vitest';

import { accuracyOf } from './accuracy.ts';
import { decodeAdversarialFile, encodeAdversarialFile } from './adversarial-file/adversarial-file.ts';
import { countedPoints } from './adversarial-file/counted-points.ts';
import { differencesFromReport } from './adversarial-file/differences-from-report.ts';
import { verifyAdversarialFile } from './adversarial-file/verify-adversarial-file.ts';
import { confidenceInterval } from './confidence-interval.ts';
import { evaluateRobustness } from './evaluate-robustness.ts';
import { pgdAttack } from './testing-attacks.fixture.ts';
import { brightnessClassifier, testingSet } from './testing-set.fixture.ts';

const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  Promise.resolve({}),
  'text',
  3,
  Number.NaN,
  [],
  {},
  () => 1,
  true,
];
const base = { classifier: brightnessClassifier, dataset: testingSet([0.05]), attacks: [pgdAttack()], seed: 1 };

/** What was thrown; undefined where nothing was. */
async function thrownBy(act: () => unknown): Promise<unknown> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return error;
  }
}

async function expectTyped(act: () => unknown, what: string): Promise<void> {
  const thrown = await thrownBy(act);
  expect(thrown === undefined || thrown instanceof StError, `${what}: ${String(thrown)}`).toBe(true);
}

/** What an option takes, so that it is no error there. */
const TAKES: Readonly<Record<string, readonly unknown[]>> = {
  attacks: [[]],
};

describe('hostile arguments', () => {
  it('of evaluateRobustness are refused in words', async () => {
    for (const value of HOSTILE) {
      const thrown = await thrownBy(() => evaluateRobustness(value as never));
      expect(thrown, String(value)).toBeInstanceOf(StError);
      for (const name of ['classifier', 'dataset', 'attacks', 'seed']) {
        if (TAKES[name]?.some((taken) => JSON.stringify(taken) === JSON.stringify(value))) continue;
        if (name === 'seed' && value === 3) continue;
        const refused = await thrownBy(() => evaluateRobustness({ ...base, [name]: value } as never));
        expect(refused, `${name}: ${String(value)}: ${String(refused)}`).toBeInstanceOf(StError);
      }
      const others = [
        'batchSize',
        'passes',
        'curve',
        'distances',
        'state',
        'resume',
        'signal',
        'onProgress',
        'onFound',
      ];
      for (const name of [...others, 'examples', 'subsetSeed', 'indices', 'modelName', 'versions']) {
        if (name === 'state' && value === 'text') continue; // a folder
        await expectTyped(() => evaluateRobustness({ ...base, [name]: value } as never), `${name}: ${String(value)}`);
      }
      await expectTyped(() => evaluateRobustness({ ...base, attacks: [value] } as never), `attack ${String(value)}`);
      const curve = { epsilons: [0.1], attacksAt: () => value };
      await expectTyped(() => evaluateRobustness({ ...base, curve } as never), `curve of ${String(value)}`);
    }
    const swapped = { ...base, classifier: base.dataset, dataset: base.classifier };
    expect(await thrownBy(() => evaluateRobustness(swapped as never))).toBeInstanceOf(StError);
  });

  it('of the functions for files are refused in words', async () => {
    const file = {} as never;
    for (const value of HOSTILE) {
      const act: readonly [string, () => unknown][] = [
        ['encode', () => encodeAdversarialFile(value as never, value as never, value as never)],
        ['decode', () => decodeAdversarialFile(value as never)],
        ['verify', () => verifyAdversarialFile(value as never)],
        ['verify file', () => verifyAdversarialFile({ classifier: brightnessClassifier, file: value as never })],
        ['verify classifier', () => verifyAdversarialFile({ classifier: value as never, file })],
        ['counted', () => countedPoints(value as never, value as never)],
        ['differences', () => differencesFromReport(value as never, value)],
        ['accuracy', () => accuracyOf(value as never, value as never)],
        ['interval', () => confidenceInterval(value as never, value as never)],
      ];
      for (const [name, call] of act) {
        const thrown = await thrownBy(call);
        const isCount = value === 3 && (name === 'accuracy' || name === 'interval');
        if (isCount) expect(thrown).toBeUndefined();
        else expect(thrown, `${name}: ${String(value)}: ${String(thrown)}`).toBeInstanceOf(StError);
      }
    }
  });
});
