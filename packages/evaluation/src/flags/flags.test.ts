import { linf } from '@st/attacks';
import { asClassifier, type Classifier, createRng, type Dataset } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';

import { evaluateRobustness } from '../evaluate-robustness.ts';
import type { EvaluateRobustnessOptions } from '../evaluation-options.ts';
import { cornerAttack, pgdAttack } from '../testing-attacks.fixture.ts';
import { brightness, brightnessClassifier, testingSet, twoLogits } from '../testing-set.fixture.ts';
import type { Flag, FlagCode } from './flag.ts';

const dataset = testingSet([0.05, -0.06, 0.022, -0.07, 0.08, -0.021]);

/** A classifier with the given logits. */
const withLogits = (logits: (images: tf.Tensor4D) => tf.Tensor2D): Classifier => asClassifier(logits, { classes: 2 });

async function flagsOf(changes: Partial<EvaluateRobustnessOptions>): Promise<readonly Flag[]> {
  const attacks = [pgdAttack(), pgdAttack({ name: 'pgd again' }), cornerAttack()];
  const report = await evaluateRobustness({ classifier: brightnessClassifier, dataset, attacks, seed: 1, ...changes });
  return report.flags;
}

async function codesOf(changes: Partial<EvaluateRobustnessOptions>): Promise<FlagCode[]> {
  return (await flagsOf(changes)).map(({ code }) => code);
}

describe('the flags', () => {
  it('are empty for a sound model and an ensemble of attacks', async () => {
    expect(await flagsOf({})).toEqual([]);
  });

  it('report images outside [0, 1]', async () => {
    const bytes: Dataset = {
      ...dataset,
      batch: (indices) => {
        const { images, labels } = dataset.batch(indices);
        const scaled = tf.mul<tf.Tensor4D>(images, 255);
        images.dispose();
        return { images: scaled, labels };
      },
    };
    const flags = await flagsOf({ dataset: bytes, attacks: [] });
    expect(flags[0]).toMatchObject({ code: 'inputs-outside-bounds', severity: 'invalid' });
    expect(flags[0]?.seen).toMatch(/^6 of 6 images; the values range from 0 to 255/);
  });

  it('report outputs that look like softmax', async () => {
    const softmax = withLogits((images) => tf.softmax(twoLogits(tf.mul(20, brightness(images)))));
    expect(await codesOf({ classifier: softmax })).toEqual(['outputs-look-like-softmax']);
  });

  it('report non-finite outputs', async () => {
    const root = withLogits((images) => twoLogits(tf.sqrt(brightness(images))));
    const flags = await flagsOf({ classifier: root, attacks: [] });
    expect(flags[0]).toMatchObject({ code: 'outputs-not-finite', seen: '3 of 6 images probed.' });
  });

  it('report random outputs', async () => {
    const rng = createRng(3);
    const noisy = withLogits((images) =>
      tf.add(twoLogits(brightness(images)), rng.normal([images.shape[0], 2], 0, 0.1)),
    );
    expect(await codesOf({ classifier: noisy, attacks: [] })).toContain('outputs-randomised');
  });

  it('report outputs that depend on the other images of the batch: batch norm in training mode', async () => {
    const normalizing = (images: tf.Tensor4D): tf.Tensor2D => {
      const score = brightness(images);
      const { mean, variance } = tf.moments(score);
      return twoLogits(tf.div(tf.sub(score, mean), tf.sqrt(tf.add(variance, 1e-5))) as tf.Tensor1D);
    };
    expect(await codesOf({ classifier: withLogits(normalizing), attacks: [] })).toEqual(['outputs-depend-on-batch']);
    const alone = { classifier: withLogits(normalizing), attacks: [], batchSize: 1 };
    expect(await codesOf(alone)).toContain('outputs-depend-on-batch');
  });

  it('do not report stock batch norm, which asClassifier runs with its running statistics', async () => {
    const model = sequential({
      layers: [
        layers.batchNormalization({ inputShape: [2, 2, 2] }),
        layers.flatten(),
        layers.dense({ units: 2, kernelInitializer: initializers.randomNormal({ seed: 1 }) }),
      ],
    });
    expect(await codesOf({ classifier: model, attacks: [] })).not.toContain('outputs-depend-on-batch');
    model.dispose();
  });

  it('report masked gradients: quantized inputs, which a gradient-free attack breaks', async () => {
    // rounded down to multiples of 1/200, of which the boundary 0.5 is one: the gradient is zero everywhere
    const quantized = withLogits((images) => twoLogits(brightness(tf.div(tf.floor(tf.mul(images, 200)), 200))));
    const flags = await flagsOf({ classifier: quantized });
    expect(flags.map(({ code }) => code)).toEqual(['gradients-zero', 'gradient-free-attack-stronger']);
    expect(flags[0]?.seen).toBe('6 of 6 correctly classified images probed.');
    expect(flags[1]).toMatchObject({ severity: 'suspect', evidence: { attack: 'corners', broken: 2, attacked: 6 } });
  });

  it('report masked gradients: saturated logits', async () => {
    const saturated = withLogits((images) => twoLogits(tf.mul(1e6, brightness(images))));
    expect(await codesOf({ classifier: saturated })).toEqual(['gradients-zero', 'gradient-free-attack-stronger']);
  });

  it('report a model without a gradient', async () => {
    // the comparison has no gradient
    const steps = withLogits((images) => twoLogits(tf.sub(tf.cast(tf.greater(brightness(images), 0), 'float32'), 0.5)));
    const flags = await flagsOf({ classifier: steps, attacks: [cornerAttack()] });
    expect(flags[0]).toMatchObject({
      code: 'gradients-missing',
      seen: expect.stringContaining('the operation Greater is not differentiable'),
    });
  });

  it('report non-finite gradients', async () => {
    const rooted = withLogits((images) => {
      const score = brightness(images);
      return twoLogits(tf.add(score, tf.mul(0, tf.sqrt(tf.mul(0, score)))));
    });
    expect(await codesOf({ classifier: rooted, attacks: [] })).toEqual([]);
    expect(await codesOf({ classifier: rooted, attacks: [cornerAttack()] })).toContain('gradients-not-finite');
  });

  it('report attacks that had not converged: twice the steps break more', async () => {
    const twoSteps = pgdAttack({ threat: linf(0.045), steps: 2 });
    const flags = await flagsOf({ attacks: [withoutClaims(twoSteps)] });
    const falling = flags.find(({ code }) => code === 'accuracy-still-falling');
    expect(falling?.evidence).toMatchObject({ probed: 6, steps: [1, 2, 4] });
    expect(falling?.seen).toMatch(/^Of 6 standing examples, \d, \d, 4 still stand after 1, 2, 4 PGD steps\.$/);
  });

  it('report an implausibly large or small radius', async () => {
    const large = await flagsOf({ attacks: [pgdAttack({ threat: linf(0.6) })] });
    expect(large.find(({ code }) => code === 'epsilon-too-large')?.seen).toBe(
      'Two images of classes 0 and 1 are 1.00 apart (linf), less than twice epsilon, 1.20.',
    );
    const small = await flagsOf({ attacks: [pgdAttack({ threat: linf(8 / 255 / 255) })] });
    expect(small.find(({ code }) => code === 'epsilon-too-small')?.seen).toBe(
      'Epsilon 0.00012302960399846212 (linf) is 0.031 grey levels.',
    );
    expect(await codesOf({ attacks: [pgdAttack({ threat: linf(1 / 255) })] })).not.toContain('epsilon-too-small');
  });

  it('do not report a large radius because of one image under two labels', async () => {
    const twice = testingSet([0.08, 0.08], [1, 0]);
    expect(await codesOf({ dataset: twice })).not.toContain('epsilon-too-large');
  });

  it('report a constant model', async () => {
    const constant = withLogits((images) => twoLogits(tf.add(1, tf.mul(0, brightness(images)))));
    const flags = await flagsOf({ classifier: constant });
    expect(flags.find(({ code }) => code === 'one-class-predicted')?.seen).toBe(
      'All 6 images, of 2 classes, are predicted as class 1.',
    );
    expect(flags.map(({ code }) => code)).toContain('gradients-zero');
  });

  it('report attacks that are not an ensemble', async () => {
    const [flag] = await flagsOf({ attacks: [pgdAttack()] });
    expect(flag).toMatchObject({ code: 'not-an-ensemble', severity: 'note', seen: 'Attacks run: pgd.' });
    expect(await codesOf({ attacks: [pgdAttack(), pgdAttack({ name: 'other' })] })).toEqual(['not-an-ensemble']);
  });
});

/** The attack, without the claims that it makes. */
function withoutClaims(attack: ReturnType<typeof pgdAttack>): ReturnType<typeof pgdAttack> {
  return {
    ...attack,
    run: async (...given) => {
      const result = await attack.run(...given);
      return { ...result, found: new Uint8Array(result.found.length) };
    },
  };
}
