import { testHostileArguments } from '@st/testing';
import { expect, it } from 'vitest';

import type { FoundExamples } from './evaluation-options.ts';
import * as main from './index.ts';
import * as ofReports from './report.ts';
import { pgdAttack } from './testing-attacks.fixture.ts';
import { brightnessClassifier, testingSet } from './testing-set.fixture.ts';

const evaluation = { ...main, ...ofReports };

const dataset = testingSet([0.01, -0.2]);
const attacks = [pgdAttack({ steps: 2 })];
const base = { classifier: brightnessClassifier, dataset, attacks, seed: 1 };
const found: FoundExamples[] = [];
const report = await evaluation.evaluateRobustness({ ...base, onFound: (examples) => void found.push(examples) });
const bytes = await evaluation.encodeAdversarialFile(report, dataset, found);
const signal = new AbortController().signal;

testHostileArguments({
  exports: evaluation,
  isWhole: (value) => value === brightnessClassifier || value === dataset,
  // a string would be a folder that the evaluation writes to
  isLeftOut: (name, [options]) =>
    name === 'evaluateRobustness' && typeof (options as { state?: unknown } | null)?.state === 'string',
  calls: {
    accuracyOf: () => [3, 4],
    confidenceInterval: () => [3, 4],
    countedPoints: () => [report, found],
    decodeAdversarialFile: () => [bytes, 'name'],
    differencesFromReport: () => [evaluation.decodeAdversarialFile(bytes), report, 'name'],
    encodeAdversarialFile: () => [report, dataset, found],
    evaluateRobustness: () => [
      {
        ...base,
        ...{ batchSize: 2, passes: 3, examples: 1, subsetSeed: 1, modelName: 'x', versions: {}, resume: false, signal },
        ...{ distances: { iterations: 1 }, curve: { epsilons: [0.03], attacksAt: () => attacks } },
        ...{ onProgress: () => undefined, onFound: () => undefined },
      },
    ],
    verifyAdversarialFile: () => [
      { classifier: brightnessClassifier, file: evaluation.decodeAdversarialFile(bytes), batchSize: 2, signal },
    ],
  },
});

it('swapped arguments, and lists of values of another kind, are rejected', async () => {
  const swapped = { ...base, classifier: dataset, dataset: brightnessClassifier };
  await expect(evaluation.evaluateRobustness(swapped as never)).rejects.toThrow('classifier must be a classifier');
  for (const wrong of [null, 'pgd', () => 1, Promise.resolve(), {}]) {
    const listed = evaluation.evaluateRobustness({ ...base, attacks: [wrong] } as never);
    await expect(listed).rejects.toThrow('attacks must list attacks');
  }
});
