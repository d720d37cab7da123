import { linf } from '@st/attacks';
import { asClassifier, DataFormatError, readSafetensors, writeSafetensors } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';

import { evaluateRobustness } from '../evaluate-robustness.ts';
import type { FoundExamples } from '../evaluation-options.ts';
import type { RobustnessReport } from '../report/robustness-report.ts';
import { cornerAttack, pgdAttack } from '../testing-attacks.fixture.ts';
import { brightnessClassifier, testingSet } from '../testing-set.fixture.ts';
import { type AdversarialFile, decodeAdversarialFile, encodeAdversarialFile } from './adversarial-file.ts';
import { differencesFromReport } from './differences-from-report.ts';
import { type Verification, verifyAdversarialFile } from './verify-adversarial-file.ts';

const dataset = testingSet([0.01, -0.02, 0.05, 0.025, -0.06, 0.029], [1, 0, 1, 0, 0, 1]);
let report: RobustnessReport;
let bytes: Uint8Array;
let file: AdversarialFile;

beforeAll(async () => {
  const found: FoundExamples[] = [];
  report = await evaluateRobustness({
    classifier: brightnessClassifier,
    dataset,
    attacks: [pgdAttack(), cornerAttack()],
    curve: { epsilons: [0.055], attacksAt: (epsilon) => [pgdAttack({ threat: linf(epsilon) })] },
    seed: 1,
    indices: [5, 0, 1, 3, 4, 2],
    onFound: (some) => void found.push(some),
  });
  bytes = await encodeAdversarialFile(report, dataset, found);
  file = decodeAdversarialFile(bytes, 'adversarial.safetensors');
});

const verify = (changes: Partial<AdversarialFile> = {}, classifier = brightnessClassifier): Promise<Verification> =>
  verifyAdversarialFile({ classifier, file: { ...file, ...changes }, batchSize: 4 });

/** The file with one value of a point changed. */
function changed(values: Float32Array, at: number, value: number): Float32Array {
  const copy = values.slice();
  copy[at] = value;
  return copy;
}

describe('the file of adversarial examples', () => {
  it('holds the points that the report counts, without those of the curve, with their images and labels', () => {
    expect(report.robust).toMatchObject({ correct: 2, total: 6 });
    expect([...file.origins]).toEqual([0, 1, 2]);
    expect(file.attacks).toEqual(['pgd', 'pgd', 'pgd']);
    expect([...file.indices]).toEqual([5, 0, 1, 3, 4, 2]);
    expect([...file.labels]).toEqual([1, 1, 0, 0, 0, 1]);
    expect(file.images[0]).toBeCloseTo(0.529, 6);
    expect(file.claims).toMatchObject({ natural: 5, robust: 2, total: 6, threat: { norm: 'linf', epsilon: 0.03 } });
  });

  it('is enough to verify counts, ball and predictions', async () => {
    const before = tf.memory().numTensors;
    expect(await verify()).toEqual({
      holds: true,
      natural: { claimed: 5, counted: 5 },
      robust: { claimed: 2, counted: 2 },
      total: 6,
      verified: 3,
      failures: [],
      sameModel: null,
      sameData: true,
      threat: linf(0.03),
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('fails verification for a point outside the ball, outside [0, 1], not finite or not misclassified, and for wrong counts', async () => {
    const { adversarial, images, claims } = file;
    const outcomeOf = async (points: Float32Array): Promise<unknown> => {
      const { holds, failures, robust } = await verify({ adversarial: points });
      expect([holds, robust.counted]).toEqual([false, 3]);
      return failures;
    };
    const failure = (outcome: string): object[] => [{ index: 5, attack: 'pgd', outcome }];
    expect(await outcomeOf(changed(adversarial, 1, 0.9))).toEqual(failure('outside-ball'));
    expect(await outcomeOf(changed(adversarial, 1, 1.01))).toEqual(failure('outside-bounds'));
    expect(await outcomeOf(changed(adversarial, 1, Number.NaN))).toEqual(failure('not-finite'));
    const unmoved = adversarial.slice();
    unmoved.set(images.subarray(0, 8));
    expect(await outcomeOf(unmoved)).toEqual(failure('not-misclassified'));
    // claims one more correct and robust example than there is
    expect(await verify({ claims: { ...claims, natural: 6, robust: 3 } })).toMatchObject({
      holds: false,
      failures: [],
    });
  });

  it('fails verification with a model other than the one evaluated', async () => {
    const model = (seed: number) =>
      sequential({
        layers: [
          layers.flatten({ inputShape: [2, 2, 2] }),
          layers.dense({ units: 2, kernelInitializer: initializers.randomNormal({ seed }) }),
        ],
      });
    const evaluated = model(1);
    const other = model(2);
    const found: FoundExamples[] = [];
    const reported = await evaluateRobustness({
      classifier: evaluated,
      dataset,
      attacks: [pgdAttack()],
      seed: 1,
      onFound: (some) => void found.push(some),
    });
    const written = decodeAdversarialFile(await encodeAdversarialFile(reported, dataset, found));
    expect(await verifyAdversarialFile({ classifier: evaluated, file: written })).toMatchObject({
      holds: true,
      sameModel: true,
    });
    expect(await verifyAdversarialFile({ classifier: other, file: written })).toMatchObject({
      holds: false,
      sameModel: false,
    });
    evaluated.dispose();
    other.dispose();
  });

  it('is rejected if its images do not fit the model', async () => {
    const fixed = asClassifier(brightnessClassifier.logits, { classes: 2, imageShape: [32, 32, 3] });
    await expect(verify({}, fixed)).rejects.toThrow(
      "the images must be [32, 32, 3] for this model, but the file's are [2, 2, 2].",
    );
  });

  it('is rejected if the claimed threat model or counts are impossible; the result holds the claimed radius', async () => {
    const { claims } = file;
    const { threat } = claims;
    if (!threat) throw new Error('a threat model');
    const claiming = (changes: object): Promise<Verification> => verify({ claims: { ...claims, ...changes } as never });
    const claimingThreat = (changes: object): Promise<Verification> => claiming({ threat: { ...threat, ...changes } });
    for (const [changes, message] of [
      [{ epsilon: 1e308 }, 'epsilon must be a finite number in (0, 1], got 1e+308'],
      [{ epsilon: Number.POSITIVE_INFINITY }, 'got Infinity'],
      [{ epsilon: -1 }, 'got -1'],
      [{ epsilon: Number.NaN }, 'got NaN'],
      [{ epsilon: '0.1' }, "got '0.1'"],
      [{ norm: 'l9' }, "norm must be one of 'linf', 'l2', 'l1', got 'l9'"],
      [{ bounds: [-9, 9] }, 'threat.bounds must be [0, 1], got [-9, 9]'],
      [{ bounds: undefined }, 'threat.bounds must be [0, 1], got undefined'],
      [{ bounds: null }, 'threat.bounds must be [0, 1], got null'],
      [
        { norm: 'l2', epsilon: 5 },
        'threat.epsilon must be at most 2.8284271247461903, the distance from a black image',
      ],
      [{ norm: 'l1', epsilon: 1e300 }, 'threat.epsilon must be at most 8'],
    ] as const) {
      await expect(claimingThreat(changes), message).rejects.toThrow(message);
      await expect(claimingThreat(changes), message).rejects.toThrow(DataFormatError);
    }
    for (const [changes, message] of [
      [{ natural: -1 }, 'natural must be an integer in [0, 6], got -1'],
      [{ natural: 2 }, 'robust must be'],
      [{ robust: 5 }, 'robust must be 2: 5 right and 3 points found, got 5'],
      [{ total: 7 }, 'total must be 6'],
      [{ modelDigest: 3 }, 'modelDigest must be a string or null'],
      [{ datasetDigest: null }, 'datasetDigest must be a string'],
      [{ passes: 0 }, 'passes must be an integer in [1, 10000], got 0'],
      [{ passes: 1e9 }, 'passes must be an integer in [1, 10000], got 1000000000'],
      [{ threat: 3 }, 'threat.bounds must be'],
    ] as const) {
      await expect(claiming(changes), message).rejects.toThrow(message);
      await expect(claiming(changes), message).rejects.toThrow(DataFormatError);
    }
    const wider = await claimingThreat({ epsilon: 0.5 });
    expect(wider).toMatchObject({ holds: true, threat: linf(0.5) }); // only the report reveals the larger radius
  });

  it('fails verification if the images or the digest differ', async () => {
    const darker = file.images.map((value) => Math.max(0, value - 1e-4));
    expect(await verify({ images: darker })).toMatchObject({ holds: false, sameData: false });
    const claims = { ...file.claims, datasetDigest: 'another' };
    expect(await verify({ claims })).toMatchObject({ holds: false, sameData: false });
  });

  it('is compared with a report member by member', () => {
    expect(differencesFromReport(file, JSON.parse(JSON.stringify(report)))).toEqual([]);
    const other = {
      ...report,
      threat: { ...report.threat, epsilon: 1 / 255 },
      robust: { ...report.robust, correct: 1 },
      dataset: { ...report.dataset, digest: 'd', indices: [1] },
    };
    expect(differencesFromReport(file, other, 'report.json')).toEqual([
      'epsilon: report.json says 0.00392156862745098, the file 0.03',
      'robust accuracy, right: report.json says 1, the file 2',
      `data digest: report.json says 'd', the file '${report.dataset.digest}'`,
      'indices: report.json and the file list different examples',
    ]);
    for (const none of [null, undefined, {}, [], 3, 'report', { schema: 'st-robustness-report' }]) {
      expect(() => differencesFromReport(file, none)).toThrow(DataFormatError);
    }
    const bare = { schema: 'st-robustness-report', version: 1, threat: 'x', natural: null, dataset: { indices: {} } };
    expect(differencesFromReport(file, bare)).toHaveLength(7);
  });

  it('is rejected if its claims are nested deeply or not valid JSON', async () => {
    const { tensors, metadata } = readSafetensors(bytes);
    for (const claims of ['['.repeat(20_000), '{', 'null', '', JSON.stringify(file.claims).replace('0.03', '1e999')]) {
      const edited = writeSafetensors(tensors, { ...metadata, claims });
      expect(() => decodeAdversarialFile(edited), claims.slice(0, 9)).toThrow(DataFormatError);
    }
  });

  it('is rejected if it is damaged or of another format', () => {
    const decode =
      (tensors: Parameters<typeof writeSafetensors>[0], metadata = {}) =>
      () =>
        decodeAdversarialFile(writeSafetensors(tensors, metadata), 'x.safetensors');
    expect(decode(new Map())).toThrow(
      '[@st/evaluation] decodeAdversarialFile: x.safetensors: must hold adversarial examples of version 1, got format undefined',
    );
    const named = { format: 'st-adversarial-examples', version: '1' };
    expect(decode(new Map(), named)).toThrow('must hold images, of rank 4, got nothing. The file is damaged.');
    const images = { shape: [1, 1, 1, 1], data: new Float32Array(1) };
    const one = { shape: [1], data: new Int32Array(1) };
    const whole = { images, adversarial: images, labels: one, indices: one, origins: one };
    const all = (changes: object) => new Map(Object.entries({ ...whole, ...changes }));
    const two = { shape: [2], data: new Int32Array(2) };
    expect(decode(all({ labels: two }), named)).toThrow('must hold labels, of rank 1 and length 1, got I32 [2].');
    expect(decode(all({}), named)).toThrow('its metadata must hold attacks and claims as JSON');
    const claims = JSON.stringify({ ...file.claims, total: 1, natural: 1, robust: 0 });
    expect(decode(all({}), { ...named, claims, attacks: '[]' })).toThrow('must have one entry per point');
    expect(decode(all({}), { ...named, claims, attacks: '[3]' })).toThrow('attacks must be a list of names, got [3].');
    const astray = { shape: [1], data: Int32Array.of(7) };
    expect(decode(all({ origins: astray }), { ...named, claims, attacks: '["pgd"]' })).toThrow(
      'must have one entry per point',
    );
    expect(decode(all({}), { ...named, claims, attacks: '["pgd"]' })).not.toThrow();
    expect(() => decodeAdversarialFile(bytes.subarray(0, 100))).toThrow(DataFormatError);
  });
});
