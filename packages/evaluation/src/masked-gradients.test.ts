import { type Attack, apgdAttack, linf, pgdAttack, squareAttack } from '@st/attacks';
import { asClassifier, type Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { evaluateRobustness } from './evaluate-robustness.ts';
import type { RobustnessReport } from './report/robustness-report.ts';
import { quadrantImages, trainedNetwork } from './trained-network.fixture.ts';

const threat = linf(0.08);
const GRADIENT_ATTACKS: readonly Attack[] = [
  apgdAttack({ threat, loss: 'ce', iterations: 20 }),
  pgdAttack({ threat, steps: 20, stepSize: threat.epsilon / 4 }),
];
const SQUARE = squareAttack({ threat, queries: 300, rescale: true });

let model: LayersModel;
let plain: Classifier;
beforeAll(async () => {
  model = await trainedNetwork();
  plain = asClassifier(model);
});
afterAll(() => model.dispose());

const withLogits = (logits: (images: tf.Tensor4D) => tf.Tensor2D): Classifier =>
  asClassifier((images) => tf.tidy(() => logits(images)), { classes: 4, imageShape: [8, 8, 1] });

/** The network on 32 grey levels. That is too fine to hinder an attack, but the gradient is 0. */
const quantized = withLogits((images) => plain.logits(tf.div(tf.floor(tf.mul(images, 32)), 32), 'inference'));
/** The network with scaled logits. Predictions are the same, but probabilities are exactly 0 and 1, so the gradient of cross-entropy is 0. */
const saturated = withLogits((images) => tf.mul(1e6, plain.logits(images, 'inference')));

const evaluate = (classifier: Classifier, attacks: readonly Attack[]): Promise<RobustnessReport> =>
  evaluateRobustness({ classifier, dataset: quadrantImages(40, 2), attacks, seed: 1 });

const correctAfter = ({ attacks }: RobustnessReport, name: string): number =>
  attacks.find((attack) => attack.name === name)?.robust.correct ?? Number.NaN;

describe('evaluateRobustness on a trained network', () => {
  it('raises no flag on the plain network, where apgd and pgd break at least as many examples as square', async () => {
    const whole = await evaluate(plain, [...GRADIENT_ATTACKS, SQUARE]);
    expect(whole.natural.correct).toBeGreaterThan(36);
    expect(whole.robust.correct).toBeLessThan(20);
    expect(whole.flags).toEqual([]);
    const blackBox = await evaluate(plain, [SQUARE]);
    expect(whole.robust.correct).toBeLessThanOrEqual(blackBox.robust.correct);
  });

  it.each([
    ['a quantized input', quantized],
    ['saturated logits', saturated],
  ])('flags, for %s, zero gradients and that square breaks examples that apgd and pgd do not', async (_, masked) => {
    const bare = await evaluate(plain, [SQUARE]);
    const report = await evaluate(masked, [...GRADIENT_ATTACKS, SQUARE]);
    const codes = report.flags.map(({ code }) => code);
    expect(codes).toContain('gradients-zero');
    expect(codes).toContain('gradient-free-attack-stronger');
    // gradient attacks break almost nothing; square breaks about as much as on the plain network
    expect(correctAfter(report, 'pgd-20')).toBeGreaterThan(report.natural.correct - 3);
    expect(report.robust.correct).toBeLessThan(report.natural.correct - 6);
    expect(Math.abs(report.robust.correct - bare.robust.correct)).toBeLessThan(3);
  });

  it('shows that a loss that does not saturate breaks saturated logits', async () => {
    const report = await evaluate(saturated, [
      ...GRADIENT_ATTACKS,
      apgdAttack({ threat, loss: 'dlr-targeted', iterations: 20, targets: 3 }),
      SQUARE,
    ]);
    const bare = await evaluate(plain, GRADIENT_ATTACKS);
    expect(correctAfter(report, 'apgd-t')).toBeLessThanOrEqual(bare.robust.correct + 1);
    expect(report.flags.map(({ code }) => code)).toEqual(['gradients-zero']);
  });
});
