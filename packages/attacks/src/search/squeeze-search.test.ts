import { asClassifier, type BatchNormMode, createRng, type Rng } from '@st/core';
import { countTensors } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { l2, linf } from '../ball/threat.ts';
import { type SqueezePoints, squeezeStep } from '../step/squeeze-step.ts';
import { type SqueezeSearchOptions, squeezeSearch } from './squeeze-search.ts';

const SHAPE: [number, number, number, number] = [4, 2, 2, 3];
const weights = createRng(8).normal<tf.Rank.R2>([12, 3]);
const modes: BatchNormMode[] = [];
const classifier = asClassifier(
  (images: tf.Tensor4D, mode: BatchNormMode) => {
    modes.push(mode);
    return tf.tidy(() => tf.matMul(tf.tanh(tf.reshape(images, [images.shape[0], 12])), weights));
  },
  { classes: 3 },
);
const images = createRng(1).uniform<tf.Rank.R4>(SHAPE, 0.1, 0.9);
const labels = tf.tensor1d([0, 1, 2, 0], 'int32');
const base: SqueezeSearchOptions = { threat: linf(8 / 255), steps: 3, stepSize: 2 / 255, divergence: 'symmetric-kl' };

describe('squeezeSearch', () => {
  it.each([
    { start: 'gaussian', draw: (rng: Rng) => tf.mul(0.001, rng.normal<tf.Rank.R4>(SHAPE)) },
    { start: 'uniform', draw: (rng: Rng) => rng.uniform<tf.Rank.R4>(SHAPE, -8 / 255, 8 / 255) },
  ] as const)(
    'repeats squeezeStep in mode batch-frozen from a $start start, the adversarial point drawn first',
    ({ start, draw }) => {
      tf.tidy(() => {
        modes.length = 0;
        const found = squeezeSearch({ ...base, start })(classifier, { images, labels }, createRng(5));
        expect(new Set(modes)).toEqual(new Set(['batch-frozen']));
        const rng = createRng(5);
        const [adversarial, collaborative] = [
          tf.add(images, draw(rng)) as tf.Tensor4D,
          tf.add(images, draw(rng)) as tf.Tensor4D,
        ];
        let at: SqueezePoints = {
          adversarial,
          collaborative,
          naturalLogits: classifier.logits(images, 'batch-frozen'),
        };
        for (let i = 0; i < 3; i++)
          at = squeezeStep(classifier, { images, labels }, at, { ...base, points: 'published' });
        expect([...found.adversarial.dataSync()]).toEqual([...at.adversarial.dataSync()]);
        expect([...found.collaborative.dataSync()]).toEqual([...at.collaborative.dataSync()]);
      });
    },
  );

  it('finds a view of higher and a view of lower loss within the ball', () => {
    tf.tidy(() => {
      const { adversarial, collaborative } = squeezeSearch({ ...base, steps: 10 })(
        classifier,
        { images, labels },
        createRng(1),
      );
      const confidence = (view: tf.Tensor4D): tf.Tensor =>
        tf.sum(tf.mul(tf.softmax(classifier.logits(view, 'inference')), tf.cast(tf.oneHot(labels, 3), 'float32')), 1);
      const [a, n, c] = [adversarial, images, collaborative].map((view) => confidence(view).dataSync());
      for (let i = 0; i < 4; i++) {
        expect(a?.[i]).toBeLessThan(n?.[i] ?? 0);
        expect(c?.[i]).toBeGreaterThan(n?.[i] ?? 1);
      }
      for (const view of [adversarial, collaborative]) {
        expect(tf.max(tf.abs(tf.sub(view, images))).dataSync()[0]).toBeLessThanOrEqual(8 / 255 + 1e-6);
        expect(tf.min(view).dataSync()[0]).toBeGreaterThanOrEqual(0);
        expect(tf.max(view).dataSync()[0]).toBeLessThanOrEqual(1);
      }
    });
  });

  it('starts from perturbations given, and draws nothing', () => {
    tf.tidy(() => {
      const start = {
        adversarial: tf.fill<tf.Rank.R4>(SHAPE, -0.001),
        collaborative: tf.fill<tf.Rank.R4>(SHAPE, 0.001),
      };
      const search = squeezeSearch({ ...base, start });
      const run = (seed: number) => search(classifier, { images, labels }, createRng(seed));
      expect([...run(1).adversarial.dataSync()]).toEqual([...run(2).adversarial.dataSync()]);
      const gaussian = squeezeSearch(base)(classifier, { images, labels }, createRng(1));
      expect([...run(1).adversarial.dataSync()]).not.toEqual([...gaussian.adversarial.dataSync()]);
      const wrong = { ...start, adversarial: tf.zeros<tf.Rank.R4>([4, 2, 2, 1]) };
      expect(() => squeezeSearch({ ...base, start: wrong })(classifier, { images, labels }, createRng(1))).toThrow(
        '[@st/attacks] squeezeSearch: start must be float32 [4, 2, 2, 3], got Tensor float32 [4,2,2,1].',
      );
    });
  });

  it('leaks no tensor besides its two results for any number of steps', () => {
    for (const steps of [1, 7]) {
      const search = squeezeSearch({ ...base, steps });
      expect(countTensors(() => tf.dispose(search(classifier, { images, labels }, createRng(1))))).toBe(0);
    }
  });

  it('does not move on a model that ignores its input', () => {
    const constant = asClassifier((x) => tf.tile(tf.tensor2d([[1, 0]]), [x.shape[0], 1]), { classes: 2 });
    const images = tf.fill([2, 2, 2, 1], 0.5) as tf.Tensor4D;
    const labels = tf.tensor1d([0, 1], 'int32');
    const start = tf.zerosLike(images);
    const search = squeezeSearch({
      threat: linf(0.1),
      steps: 2,
      stepSize: 0.05,
      divergence: 'symmetric-kl',
      start: { adversarial: start, collaborative: start },
    });
    const found = search(constant, { images, labels }, createRng(1));
    for (const points of [found.adversarial, found.collaborative])
      expect([...points.dataSync()]).toEqual([...images.dataSync()]);
    tf.dispose([images, labels, start, found.adversarial, found.collaborative]);
  });

  it('disposes everything if the classifier throws in a step', () => {
    let passes = 0;
    const failing = asClassifier(
      (z, mode) => {
        passes++;
        if (passes === 5) throw new Error('device lost');
        return classifier.logits(z, mode);
      },
      { classes: 3 },
    );
    const leaked = countTensors(() => {
      expect(() => squeezeSearch(base)(failing, { images, labels }, createRng(1))).toThrow('device lost');
    });
    expect(leaked).toBe(0);
  });

  it('rejects unknown options and options out of range, each with a hint', () => {
    const build = (changes: object) => () => squeezeSearch({ ...base, ...changes });
    expect(build({ divergence: 'wasserstein' })).toThrow(
      "[@st/attacks] squeezeSearch: divergence must be one of 'symmetric-kl', 'symmetric-kl-plain', 'js', 'l2', got 'wasserstein'.",
    );
    expect(build({ points: 'official' })).toThrow("points must be one of 'published', 'consistent', got 'official'.");
    expect(build({ start: 'natural' })).toThrow("start must be one of 'uniform', 'gaussian', 'radial', got 'natural'.");
    expect(build({ start: { adv: images } })).toThrow("unknown option 'adv'");
    expect(build({ steps: 2.5 })).toThrow('steps must be an integer >= 1, got 2.5.');
    expect(build({ stepSize: 0 })).toThrow('stepSize must be a finite number in (0, 1], got 0.');
    expect(build({ step_size: 0.01 })).toThrow("unknown option 'step_size'; did you mean 'stepSize'?");
    expect(() => squeezeSearch({ ...base, threat: l2(128) })(classifier, { images, labels }, createRng(1))).toThrow(
      'for 128 grey levels pass 128 / 255.',
    );
  });
});
