import {
  type Attack,
  apgdAttack,
  carliniWagnerAttack,
  fabAttack,
  fgsmAttack,
  l1,
  l2,
  linf,
  pgdAttack as realPgd,
  squareAttack,
  transferAttack,
} from '@st/attacks';
import { asClassifier, type Classifier, createRng } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { decodeAdversarialFile, encodeAdversarialFile } from './adversarial-file/adversarial-file.ts';
import { verifyAdversarialFile } from './adversarial-file/verify-adversarial-file.ts';
import { evaluateRobustness } from './evaluate-robustness.ts';
import type { EvaluateRobustnessOptions, FoundExamples } from './evaluation-options.ts';
import { predict } from './predict.ts';
import type { RobustnessReport } from './report/robustness-report.ts';
import { lyingAttack, pgdAttack } from './testing-attacks.fixture.ts';
import { brightness, brightnessClassifier, testingSet, twoLogits } from './testing-set.fixture.ts';

/** Eight images at distance 0.06 from the boundary. */
const dataset = testingSet(Array.from({ length: 8 }, (_, i) => (i % 2 ? 0.06 : -0.06)));

/** Logits with normal noise: at distance d from the boundary, about Phi(d / noise) of the passes are correct. */
function noisy(noise: number, seed = 3): Classifier {
  const rng = createRng(seed);
  return asClassifier(
    (images) => twoLogits(tf.add(brightness(images), rng.normal([images.shape[0]], 0, noise)) as tf.Tensor1D),
    { classes: 2 },
  );
}

const evaluate = (changes: Partial<EvaluateRobustnessOptions>): Promise<RobustnessReport> =>
  evaluateRobustness({ classifier: brightnessClassifier, dataset, attacks: [], seed: 1, ...changes });

/** Claims the unchanged image, which is misclassified by chance only. */
const claimUnchanged = (name: string) => lyingAttack(name, (images) => tf.clone(images));

/** Balls that reach a boundary at distance 0.012 but not one at 0.09, in l-infinity, l2 and l1. */
const [linfBall, l2Ball, l1Ball] = [linf(0.04), l2(0.08), l1(0.16)];
const pgdSettings = { threat: linfBall, steps: 10, stepSize: 0.01 } as const;
const source = { source: brightnessClassifier, sourceName: 'without-noise' };
const ATTACKS = [
  realPgd({ ...pgdSettings, restarts: 2 }),
  realPgd({ threat: l2Ball, steps: 10, stepSize: 0.02, name: 'pgd-l2' }),
  fgsmAttack({ threat: linfBall }),
  transferAttack({ ...pgdSettings, ...source }),
  apgdAttack({ threat: linfBall, loss: 'ce', iterations: 10 }),
  apgdAttack({ threat: linfBall, loss: 'ce', iterations: 10, keep: 'first', eot: 4, name: 'apgd-first' }),
  apgdAttack({ threat: l1Ball, loss: 'ce', iterations: 20, radii: 'decreasing', name: 'apgd-l1' }),
  fabAttack({ threat: linfBall, iterations: 10 }),
  carliniWagnerAttack({ threat: l2Ball, steps: 100, constants: 5, learningRate: 0.05, keep: 'first' }),
  squareAttack({ threat: linfBall, queries: 60 }),
].map((attack): [string, Attack] => [attack.name, attack]);

describe('a model with random outputs', () => {
  it('is judged by the majority of passes, so that a single pass decides nothing', async () => {
    const report = await evaluate({
      classifier: noisy(0.06), // 84 % of the passes are correct
      attacks: ['a', 'b', 'c', 'd', 'e'].map(claimUnchanged),
    });
    expect(report.judgement).toEqual({ randomised: true, passes: 51 });
    expect(report.natural.correct).toBe(8);
    expect(report.robust.correct).toBe(8); // with one pass per claim, five attacks would break 8 (1 - 0.84^5) = 5 of them
    const flag = report.flags.find(({ code }) => code === 'outputs-randomised');
    expect(flag).toMatchObject({ severity: 'invalid', evidence: { passes: 51 } });
    expect(flag?.seen).toMatch(/Up to 51 passes decided each prediction\.$/);
    const single = await evaluate({
      classifier: noisy(0.06),
      attacks: ['a', 'b', 'c', 'd', 'e'].map(claimUnchanged),
      passes: 1,
    });
    expect(single.judgement).toEqual({ randomised: true, passes: 1 });
    expect(single.robust.correct).toBeLessThan(5);
  });

  it('counts as broken where an attack changes the majority', async () => {
    const found: FoundExamples[] = [];
    const classifier = noisy(0.02);
    const report = await evaluate({
      classifier,
      attacks: [pgdAttack({ threat: linf(0.15) })],
      onFound: (some) => void found.push(some),
    });
    expect(report).toMatchObject({ natural: { correct: 8 }, robust: { correct: 0 } });
    const file = decodeAdversarialFile(await encodeAdversarialFile(report, dataset, found));
    expect(file.claims.passes).toBe(51);
    expect(await verifyAdversarialFile({ classifier, file })).toMatchObject({ holds: true, robust: { counted: 0 } });
  });

  /** Four images that the ball breaks and four that it does not, of both classes; noise of deviation 0.05 on every pixel. */
  it.each(ATTACKS)('is attacked until more than half of the passes confirm it: %s', async (_, attack) => {
    const images = testingSet([0.008, -0.008, 0.012, -0.012, 0.09, -0.09, 0.1, -0.1]);
    const rng = createRng(11);
    const classifier = asClassifier(
      (x) => brightnessClassifier.logits(tf.add(x, rng.normal([x.shape[0], 2, 2, 2], 0, 0.05)), 'inference'),
      { classes: 2 },
    );
    const { natural, robust } = await evaluate({ classifier, dataset: images, attacks: [attack], passes: 101 });
    expect([natural.correct, robust.correct]).toEqual([8, 4]);
  });

  it('has prediction -1 for an image without a majority class', async () => {
    const rng = createRng(1);
    const coins = asClassifier((images) => rng.normal([images.shape[0], 4]) as tf.Tensor2D, { classes: 4 });
    const images = tf.zeros([50, 2, 2, 2]) as tf.Tensor4D;
    const predicted = await predict(coins, images, 51);
    expect(predicted.filter((value) => value !== -1)).toHaveLength(0);
    images.dispose();
  });

  it('is detected by repeated passes over one batch: dropout, noise of 1e-4, one coin toss for all images', async () => {
    const model = sequential({
      layers: [
        layers.flatten({ inputShape: [2, 2, 2] }),
        layers.dense({ units: 32, kernelInitializer: initializers.glorotUniform({ seed: 1 }) }),
        layers.dense({ units: 2, kernelInitializer: initializers.glorotUniform({ seed: 2 }) }),
      ],
    });
    const dropping = asClassifier(
      (images) => {
        const [flat, first, last] = model.layers;
        const hidden = first?.apply(flat?.apply(images) as tf.Tensor) as tf.Tensor;
        return last?.apply(tf.dropout(hidden, 0.1)) as tf.Tensor2D;
      },
      { classes: 2, imageShape: [2, 2, 2] },
    );
    const rng = createRng(5);
    const coin = asClassifier(
      (images) => tf.mul(rng.next() > 0.5 ? 1 : 1.1, brightnessClassifier.logits(images, 'inference')),
      { classes: 2 },
    );
    for (const classifier of [dropping, noisy(1e-4), coin]) {
      expect((await evaluate({ classifier })).judgement.randomised).toBe(true);
    }
    for (const classifier of [asClassifier(model), brightnessClassifier]) {
      expect((await evaluate({ classifier })).judgement).toEqual({ randomised: false, passes: 1 });
    }
    model.dispose();
  });

  it('is not detected where a model returns the same NaN and infinite logits twice', async () => {
    const classifier = asClassifier((images) => twoLogits(tf.div(brightness(images), 0) as tf.Tensor1D), {
      classes: 2,
    });
    const { judgement, flags } = await evaluate({ classifier });
    expect(judgement.randomised).toBe(false);
    expect(flags.map(({ code }) => code)).toEqual(['outputs-not-finite']);
  });

  it('leaks no tensor', async () => {
    const before = tf.memory().numTensors;
    const threat = linf(0.03);
    const attacks = [realPgd({ threat, steps: 2, stepSize: 0.01 }), squareAttack({ threat, queries: 5 })];
    await evaluate({ classifier: noisy(0.05), attacks, passes: 5 });
    expect(tf.memory().numTensors).toBe(before);
  });
});
