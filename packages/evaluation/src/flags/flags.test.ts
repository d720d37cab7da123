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

/** A model of the tests that sees the brightness through some function of it. */
const seeing = (logits: (images: tf.Tensor4D) => tf.Tensor2D): Classifier => asClassifier(logits, { classes: 2 });

async function flagsOf(changes: Partial<EvaluateRobustnessOptions>): Promise<readonly Flag[]> {
  const attacks = [pgdAttack(), pgdAttack({ name: 'pgd again' }), cornerAttack()];
  const report = await evaluateRobustness({ classifier: brightnessClassifier, dataset, attacks, seed: 1, ...changes });
  return report.flags;
}

async function codesOf(changes: Partial<EvaluateRobustnessOptions>): Promise<FlagCode[]> {
  return (await flagsOf(changes)).map(({ code }) => code);
}

describe('flags', () => {
  it('are none for a sound model and an ensemble of attacks', async () => {
    expect(await flagsOf({})).toEqual([]);
  });

  it('tell of images outside [0, 1]', async () => {
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
    expect(flags[0]?.seen).toMatch(/^6 of 6 images; the values reach from 0 to 255/);
  });

  it('tell of outputs that look like softmax', async () => {
    const softmax = seeing((images) => tf.softmax(twoLogits(tf.mul(20, brightness(images)))));
    expect(await codesOf({ classifier: softmax })).toEqual(['outputs-look-like-softmax']);
  });

  it('tell of outputs that are not finite', async () => {
    const root = seeing((images) => twoLogits(tf.sqrt(brightness(images))));
    const flags = await flagsOf({ classifier: root, attacks: [] });
    expect(flags[0]).toMatchObject({ code: 'outputs-not-finite', seen: '3 of 6 images probed.' });
  });

  it('tell of outputs that are random', async () => {
    const rng = createRng(3);
    const noisy = seeing((images) => tf.add(twoLogits(brightness(images)), rng.normal([images.shape[0], 2], 0, 0.1)));
    expect(await codesOf({ classifier: noisy, attacks: [] })).toContain('outputs-randomised');
  });

  it('tell of outputs that depend on the rest of the batch: batch norm left in training mode', async () => {
    const normalizing = (images: tf.Tensor4D): tf.Tensor2D => {
      const score = brightness(images);
      const { mean, variance } = tf.moments(score);
      return twoLogits(tf.div(tf.sub(score, mean), tf.sqrt(tf.add(variance, 1e-5))) as tf.Tensor1D);
    };
    expect(await codesOf({ classifier: seeing(normalizing), attacks: [] })).toEqual(['outputs-depend-on-batch']);
    const alone = { classifier: seeing(normalizing), attacks: [], batchSize: 1 };
    expect(await codesOf(alone)).toContain('outputs-depend-on-batch');
  });

  it('tell not of a model with stock batch norm, which asClassifier runs with its running statistics', async () => {
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

  it('tell of masked gradients: a quantised input, which an attack without gradients breaks', async () => {
    // four levels a pixel, rounded so that 0.5 lies on an edge: the gradient is zero everywhere
    const quantized = seeing((images) => twoLogits(brightness(tf.div(tf.floor(tf.mul(images, 200)), 200))));
    const flags = await flagsOf({ classifier: quantized });
    expect(flags.map(({ code }) => code)).toEqual(['gradients-zero', 'gradient-free-attack-stronger']);
    expect(flags[0]?.seen).toBe('6 of 6 correctly classified images probed.');
    expect(flags[1]).toMatchObject({ severity: 'suspect', evidence: { attack: 'corners', broken: 2, attacked: 6 } });
  });

  it('tell of masked gradients: saturated logits', async () => {
    const saturated = seeing((images) => twoLogits(tf.mul(1e6, brightness(images))));
    expect(await codesOf({ classifier: saturated })).toEqual(['gradients-zero', 'gradient-free-attack-stronger']);
  });

  it('tell of a model that has no gradient at all, and go on without', async () => {
    // the rounded comparison is an operation without a gradient
    const steps = seeing((images) => twoLogits(tf.sub(tf.cast(tf.greater(brightness(images), 0), 'float32'), 0.5)));
    const flags = await flagsOf({ classifier: steps, attacks: [cornerAttack()] });
    expect(flags[0]).toMatchObject({
      code: 'gradients-missing',
      seen: expect.stringContaining('the operation Greater is not differentiable'),
    });
  });

  it('tell of gradients that are not finite', async () => {
    const rooted = seeing((images) => {
      const score = brightness(images);
      return twoLogits(tf.add(score, tf.mul(0, tf.sqrt(tf.mul(0, score)))));
    });
    expect(await codesOf({ classifier: rooted, attacks: [] })).toEqual([]);
    expect(await codesOf({ classifier: rooted, attacks: [cornerAttack()] })).toContain('gradients-not-finite');
  });

  it('tell of attacks that had not converged: twice the steps break more', async () => {
    const twoSteps = pgdAttack({ threat: linf(0.045), steps: 2 });
    const flags = await flagsOf({ attacks: [timid(twoSteps)] });
    const falling = flags.find(({ code }) => code === 'accuracy-still-falling');
    expect(falling?.evidence).toMatchObject({ probed: 6, steps: [1, 2, 4] });
    expect(falling?.seen).toMatch(/^Of 6 examples that stood, a PGD of 1, 2, 4 steps leaves \d, \d, 4 standing\.$/);
  });

  it('tell of a radius that cannot be meant', async () => {
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

  it('take no image under two labels for a radius too large', async () => {
    const twice = testingSet([0.08, 0.08], [1, 0]);
    expect(await codesOf({ dataset: twice })).not.toContain('epsilon-too-large');
  });

  it('tell of a constant model', async () => {
    const constant = seeing((images) => twoLogits(tf.add(1, tf.mul(0, brightness(images)))));
    const flags = await flagsOf({ classifier: constant });
    expect(flags.find(({ code }) => code === 'one-class-predicted')?.seen).toBe(
      'All 6 images, of 2 classes, are predicted as class 1.',
    );
    expect(flags.map(({ code }) => code)).toContain('gradients-zero');
  });

  it('tell of an evaluation that is no ensemble', async () => {
    const [flag] = await flagsOf({ attacks: [pgdAttack()] });
    expect(flag).toMatchObject({ code: 'not-an-ensemble', severity: 'note', seen: 'Attacks run: pgd.' });
    expect(await codesOf({ attacks: [pgdAttack(), pgdAttack({ name: 'other' })] })).toEqual(['not-an-ensemble']);
  });
});

/** An attack that keeps its findings to itself. */
function timid(attack: ReturnType<typeof pgdAttack>): ReturnType<typeof pgdAttack> {
  return {
    ...attack,
    run: async (...given) => {
      const result = await attack.run(...given);
      return { ...result, found: new Uint8Array(result.found.length) };
    },
  };
}
