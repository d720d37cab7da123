import { type Attack, linf, pgdAttack, withRadius } from '@st/attacks';
import { asClassifier, type Dataset } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { decodeAdversarialFile, encodeAdversarialFile } from './adversarial-file/adversarial-file.ts';
import { verifyAdversarialFile } from './adversarial-file/verify-adversarial-file.ts';
import { evaluateRobustness } from './evaluate-robustness.ts';
import type { FoundExamples } from './evaluation-options.ts';
import { perturbationNorm } from './perturbation-norm.ts';

/** Class 0 where the sum of the pixels is above 1; images [1, 2, 1]. */
const classifier = asClassifier(
  (images) => {
    const sum = tf.sub(tf.sum(tf.reshape(images, [-1, 2]), 1), 1);
    return tf.stack([sum, tf.neg(sum)], 1) as tf.Tensor2D;
  },
  { classes: 2, imageShape: [1, 2, 1] },
);

const PIXELS = [0.55, 0.7];

/** Two images of class 0; both pixels of an image are equal. */
const dataset: Dataset = {
  name: 'two pixels',
  size: 2,
  classes: 2,
  imageShape: [1, 2, 1],
  batch: (indices) => {
    const chosen = Array.from(indices, (index) => PIXELS[index] ?? 0);
    return {
      images: tf.tensor4d(
        chosen.flatMap((pixel) => [pixel, pixel]),
        [chosen.length, 1, 2, 1],
      ),
      labels: tf.zeros([chosen.length], 'int32'),
    };
  },
};

/** The second pixel may not change. */
const threat = linf([[[0.15], [0]]]);

/** Moves both pixels by 0.15, although the second may not change. */
const careless: Attack = {
  name: 'careless',
  threat,
  settings: {},
  run: async (_, { images, labels }) => ({
    adversarial: tf.sub(images, 0.15),
    found: new Uint8Array(labels.size).fill(1),
    queries: new Int32Array(labels.size).fill(1),
    gradientCalls: new Int32Array(labels.size),
  }),
};

describe('radii that differ by pixel', () => {
  it('scale each change to the largest radius, tolerate rounding, and forbid changes where the radius is 0', () => {
    const [a, radii] = [Float32Array.of(0.5, 0.5), Float32Array.of(0.2, 0.1)];
    const norm = (...b: number[]): number => perturbationNorm('linf', a, Float32Array.from(b), radii);
    expect(norm(0.6, 0.5)).toBeCloseTo(0.1, 6);
    expect(norm(0.5, 0.45)).toBeCloseTo(0.1, 6);
    expect(norm(0.7, 0.6 + 5e-7)).toBeCloseTo(0.2, 6);
    expect(norm(0.7, 0.65)).toBeCloseTo(0.3, 6);
    const masked = Float32Array.of(0.2, 0);
    expect(perturbationNorm('linf', a, Float32Array.of(0.5, 0.5 + 5e-7), masked)).toBe(0);
    expect(perturbationNorm('linf', a, Float32Array.of(0.5, 0.51), masked)).toBe(Number.POSITIVE_INFINITY);
  });

  it('reject claims that move a pixel farther than its own radius, and accept those that do not', async () => {
    const report = await evaluateRobustness({ classifier, dataset, attacks: [careless], seed: 1 });
    expect(report.robust.correct).toBe(2);
    expect(report.examples.map(({ attacks }) => attacks[0]?.outcome)).toEqual(['outside-ball', 'outside-ball']);
    const found: FoundExamples[] = [];
    const honest = await evaluateRobustness({
      ...{ classifier, dataset, seed: 1 },
      attacks: [pgdAttack({ threat, steps: 5, stepSize: 0.1 })],
      onFound: (points) => void found.push(points),
    });
    expect([honest.natural.correct, honest.robust.correct]).toEqual([2, 1]); // 0.55 + 0.4 < 1, but 0.7 + 0.55 > 1
    expect(honest.threat).toEqual(threat);

    const bytes = await encodeAdversarialFile(honest, dataset, found);
    const file = decodeAdversarialFile(bytes);
    expect(file.claims.threat).toEqual(threat);
    expect((await verifyAdversarialFile({ classifier, file })).holds).toBe(true);
    const moved = { ...file, adversarial: Float32Array.from(file.adversarial, (value, i) => (i === 1 ? 0.45 : value)) };
    expect((await verifyAdversarialFile({ classifier, file: moved })).failures).toMatchObject([
      { outcome: 'outside-ball' },
    ]);
    const other = { ...file.claims, threat: linf([[[0.15], [0], [0.1]]]) };
    await expect(verifyAdversarialFile({ classifier, file: { ...file, claims: other } })).rejects.toThrow(
      'the claim threat.epsilons must be radii for images of shape [1,2,1], got [1, 3, 1].',
    );
  });

  it('give a curve of scaled radii, which agrees with the evaluation and with the exact radii of a linear model', async () => {
    // only the first pixel moves: image 0.55 breaks at 0.1, image 0.7 at 0.4
    const wide = linf([[[0.5], [0]]]);
    const at = (epsilon: number) => [pgdAttack({ threat: withRadius(wide, epsilon), steps: 5, stepSize: epsilon / 2 })];
    const curve = { epsilons: [0.05, 0.15, 0.39, 0.45, 0.5], attacksAt: at };
    const report = await evaluateRobustness({ classifier, dataset, attacks: at(0.5), seed: 1, curve });
    expect(report.curve?.map(({ robust }) => robust.correct)).toEqual([2, 1, 1, 0, 0]);
    const alone = await evaluateRobustness({ classifier, dataset, attacks: [], seed: 1, curve });
    expect(alone.curve?.map(({ robust }) => robust.correct)).toEqual([2, 1, 1, 0, 0]);
  });

  it('must be the same for all attacks, and scaled for a curve; the error has the line of code to write', async () => {
    const other = pgdAttack({ threat: linf([[[0.15], [0.1]]]), steps: 1, stepSize: 0.1 });
    const evaluate = evaluateRobustness({ classifier, dataset, attacks: [careless, other], seed: 1 });
    await expect(evaluate).rejects.toThrow('attacks must share one threat model');
    const curve = {
      epsilons: [0.1],
      attacksAt: (epsilon: number) => [pgdAttack({ threat: linf(epsilon), steps: 1, stepSize: 0.1 })],
    };
    await expect(evaluateRobustness({ classifier, dataset, attacks: [careless], seed: 1, curve })).rejects.toThrow(
      "curve: the radii of the pixels at epsilon 0.1 must be those of the evaluation, scaled, got different ones. Write attacksAt: (epsilon) => [apgdAttack({ threat: withRadius(threat, epsilon), loss: 'ce' })].",
    );
  });
});

it('non-finite gradients at points of an attack raise the flag once', async () => {
  // the slope is infinite only at 0.5, where only points of the attack are
  const kinked = asClassifier(
    (images) => {
      const sum = tf.sum(tf.sqrt(tf.abs(tf.sub(tf.reshape(images, [-1, 2]), 0.5))), 1);
      return tf.stack([sum, tf.sub(0.1, sum)], 1) as tf.Tensor2D;
    },
    { classes: 2, imageShape: [1, 2, 1] },
  );
  const meeting: Attack = {
    ...careless,
    run: async (...given) => ({ ...(await careless.run(...given)), gradientsNotFinite: Uint8Array.of(1, 0) }),
  };
  const report = await evaluateRobustness({ classifier: kinked, dataset, attacks: [meeting], seed: 1 });
  const flags = report.flags.filter(({ code }) => code === 'gradients-not-finite');
  expect(flags.map(({ seen }) => seen)).toEqual(['careless: on 1 of 2 examples.']);
});
