import { type Attack, linf, pgdAttack as realPgd } from '@st/attacks';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { decodeAdversarialFile, encodeAdversarialFile } from './adversarial-file/adversarial-file.ts';
import { verifyAdversarialFile } from './adversarial-file/verify-adversarial-file.ts';
import { evaluateRobustness } from './evaluate-robustness.ts';
import type { EvaluateRobustnessOptions, FoundExamples } from './evaluation-options.ts';
import { memoryStore } from './memory-store.fixture.ts';
import type { RobustnessReport } from './report/robustness-report.ts';
import { pgdAttack } from './testing-attacks.fixture.ts';
import { brightnessClassifier, testingSet } from './testing-set.fixture.ts';

/** An l-infinity ball of radius epsilon breaks exactly the offsets up to epsilon; index 4 has a wrong label. */
const OFFSETS = [0.01, -0.03, 0.15, 0.149, -0.06];
const LABELS = [1, 0, 1, 1, 1];
const dataset = testingSet(OFFSETS, LABELS);

/** An attack that finds nothing. */
const weak = (epsilon: number): Attack => ({
  name: 'weak',
  threat: linf(epsilon),
  settings: {},
  run: async (_, { images, labels }) => ({
    adversarial: tf.clone(images),
    found: new Uint8Array(labels.size),
    queries: new Int32Array(labels.size).fill(1),
    gradientCalls: new Int32Array(labels.size),
  }),
});

/** Darkens or brightens every pixel by `size`, towards the other class, even beyond its radius. */
const pushing = (size: number, epsilon: number): Attack => ({
  ...weak(epsilon),
  name: 'pushing',
  run: async (_, { images, labels }) => ({
    adversarial: tf.tidy(() => {
      const sign = tf.reshape(tf.sub(1, tf.mul(2, tf.cast(labels, 'float32'))), [-1, 1, 1, 1]);
      return tf.clipByValue(tf.add<tf.Tensor4D>(images, tf.mul(size, sign)), 0, 1);
    }),
    found: new Uint8Array(labels.size).fill(1),
    queries: new Int32Array(labels.size).fill(1),
    gradientCalls: new Int32Array(labels.size),
  }),
});

const strong = (epsilon: number): Attack => realPgd({ threat: linf(epsilon), steps: 8, stepSize: epsilon / 4 });

type Evaluated = { readonly report: RobustnessReport; readonly found: readonly FoundExamples[] };

async function evaluate(changes: Partial<EvaluateRobustnessOptions>): Promise<Evaluated> {
  const found: FoundExamples[] = [];
  const report = await evaluateRobustness({
    classifier: brightnessClassifier,
    dataset,
    attacks: [weak(0.05)],
    seed: 1,
    onFound: (some) => void found.push(some),
    ...changes,
  });
  return { report, found };
}

const curveOf = ({ curve }: RobustnessReport): number[][] =>
  (curve ?? []).map(({ epsilon, robust }) => [epsilon, robust.correct]);
const outcomesOf = ({ examples }: RobustnessReport): string[] => examples.map(({ outcome }) => outcome);

/** Expects that the file holds a point of every broken example, and that its claims hold. */
async function expectVerified({ report, found }: Evaluated): Promise<void> {
  const file = decodeAdversarialFile(await encodeAdversarialFile(report, dataset, found));
  expect(file.origins).toHaveLength(report.natural.correct - report.robust.correct);
  const { holds, failures } = await verifyAdversarialFile({ classifier: brightnessClassifier, file });
  expect([holds, failures]).toEqual([true, []]);
}

const BROKEN = ['broken', 'broken', 'robust', 'robust', 'misclassified'];

describe('the robust accuracy', () => {
  it('counts points in the ball that the distances found, with a flag', async () => {
    const evaluated = await evaluate({ distances: { iterations: 10 } });
    const { report } = evaluated;
    expect(report.robust).toMatchObject({ correct: 2, total: 5 });
    expect(outcomesOf(report)).toEqual(BROKEN);
    expect(report.examples[1]).toMatchObject({
      brokenBy: 'fab-distances',
      broken: { phase: 'distances', attack: 'fab-distances', epsilon: null, predicted: 1 },
    });
    expect(report.examples[1]?.broken?.norm).toBeCloseTo(0.03, 2);
    expect(report.attacks[0]).toMatchObject({ broken: 0, robust: { correct: 4 } });
    expect(report.brokenElsewhere).toMatchObject([
      { phase: 'distances', attack: 'fab-distances', epsilon: null, broken: 2, robust: { correct: 2 } },
    ]);
    expect(report.flags.find(({ code }) => code === 'broken-elsewhere')).toMatchObject({
      severity: 'note',
      seen: 'fab-distances (distances): 2.',
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    await expectVerified(evaluated);
  });

  it('counts points found at smaller radii of the curve, which never rises and agrees with it', async () => {
    const evaluated = await evaluate({
      curve: { epsilons: [0.02, 0.05, 0.04], attacksAt: (epsilon) => [strong(epsilon)] },
    });
    const { report } = evaluated;
    expect(report.robust.correct).toBe(2);
    expect(curveOf(report)).toEqual([
      [0.02, 3],
      [0.04, 2],
      [0.05, 2],
    ]);
    expect(report.brokenElsewhere.map(({ phase, epsilon, broken }) => [phase, epsilon, broken])).toEqual([
      ['curve', 0.02, 1],
      ['curve', 0.04, 1],
    ]);
    expect(report.examples[0]).toMatchObject({ brokenBy: 'pgd-8', broken: { phase: 'curve', epsilon: 0.02 } });
    expect(report.flags.map(({ seen }) => seen)).toContain(
      'pgd-8 (curve, epsilon 0.02): 1. pgd-8 (curve, epsilon 0.04): 1.',
    );
    await expectVerified(evaluated);
  });

  it('on the curve counts the distances at larger radii, too', async () => {
    const { report } = await evaluate({
      distances: { iterations: 10 },
      curve: { epsilons: [0.16, 0.02], attacksAt: (epsilon) => [weak(epsilon)] },
    });
    expect(curveOf(report)).toEqual([
      [0.02, 3],
      [0.16, 0],
    ]);
  });

  it('counts points in the ball that an attack of a larger radius found', async () => {
    const evaluated = await evaluate({
      curve: {
        epsilons: [0.02, 0.3],
        attacksAt: (epsilon) => [epsilon > 0.1 ? pushing(0.035, epsilon) : weak(epsilon)],
      },
    });
    expect(outcomesOf(evaluated.report)).toEqual(BROKEN);
    expect(curveOf(evaluated.report)).toEqual([
      [0.02, 4],
      [0.3, 2],
    ]);
    await expectVerified(evaluated);
  });

  it('counts a point outside the ball of its attack at every radius that it lies within', async () => {
    const evaluated = await evaluate({
      curve: {
        epsilons: [0.02, 0.04],
        attacksAt: (epsilon) => [epsilon < 0.03 ? pushing(0.035, epsilon) : weak(epsilon)],
      },
    });
    expect(outcomesOf(evaluated.report)).toEqual(BROKEN);
    expect(curveOf(evaluated.report)).toEqual([
      [0.02, 4],
      [0.04, 2],
    ]);
    await expectVerified(evaluated);
    const ownBall = await evaluate({
      attacks: [pushing(0.16, 0.05)],
      curve: { epsilons: [0.1, 0.2], attacksAt: (epsilon) => [weak(epsilon)] },
    });
    expect(ownBall.report.robust.correct).toBe(4);
    expect(ownBall.report.attacks[0]).toMatchObject({ broken: 0, rejected: 4 });
    expect(curveOf(ownBall.report)).toEqual([
      [0.1, 4],
      [0.2, 0],
    ]);
    await expectVerified(ownBall);
  });

  it('counts examples that the check with more steps broke', async () => {
    const few: Attack = { ...pgdAttack({ threat: linf(0.05), steps: 2 }), run: withoutClaims };
    const evaluated = await evaluate({ attacks: [few] });
    expect(outcomesOf(evaluated.report)).toEqual(BROKEN);
    expect(evaluated.report.brokenElsewhere).toMatchObject([{ phase: 'check', attack: 'pgd-4', broken: 2 }]);
    expect(evaluated.report.flags.map(({ code }) => code)).toContain('accuracy-still-falling');
    await expectVerified(evaluated);
  });

  it('is the same after a kill at any step', async () => {
    const options = {
      distances: { iterations: 5 },
      curve: { epsilons: [0.02, 0.05, 0.16], attacksAt: (epsilon: number) => [strong(epsilon)] },
      batchSize: 2,
    };
    const timeless = ({ report: { timing: _, ...rest }, found }: Evaluated): object => ({ rest, found });
    const store = memoryStore();
    const whole = await evaluate({ ...options, state: store });
    expect(whole.report.robust.correct).toBe(2);
    const steps = [...store.files];
    for (let kept = 1; kept <= steps.length; kept += 4) {
      const cut = memoryStore(steps.slice(0, kept));
      const resumed = await evaluate({ ...options, state: cut, resume: true });
      expect(timeless(resumed)).toEqual(timeless(whole));
    }
  });

  it('needs all points that it counts when the file is written', async () => {
    const { report, found } = await evaluate({ distances: { iterations: 10 } });
    await expect(encodeAdversarialFile(report, dataset, found.slice(1))).rejects.toThrow(
      'found must hold the point of every example that the report counts as broken',
    );
  });

  it('is not computed for a curve of several norms, with or without attacks', async () => {
    const curve = {
      epsilons: [0.1, 0.2],
      attacksAt: (epsilon: number) => [
        { ...weak(epsilon), threat: { ...linf(epsilon), norm: epsilon > 0.15 ? ('l2' as const) : ('linf' as const) } },
      ],
    };
    await expect(evaluate({ attacks: [], curve })).rejects.toThrow(
      'curve: the attacks at epsilon 0.2 must have that radius and norm linf, got l2 0.2.',
    );
  });
});

/** PGD without the claims that it makes. */
const withoutClaims: Attack['run'] = async (...given) => {
  const result = await pgdAttack({ threat: linf(0.05), steps: 2 }).run(...given);
  return { ...result, found: new Uint8Array(result.found.length) };
};
