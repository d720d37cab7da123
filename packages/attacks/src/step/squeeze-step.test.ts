import { asClassifier, type Batch, type BatchNormMode, type Classifier, createRng } from '@st/core';
import { DIVERGENCES, type Divergence } from '@st/losses';
import { divergenceNamed } from '@st/losses/kit';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { l1, l2, linf } from '../ball/threat.ts';
import {
  POINT_CHOICES,
  type PointChoice,
  type SqueezePoints,
  type SqueezeStepOptions,
  squeezeStep,
  squeezeStepUnchecked,
} from './squeeze-step.ts';

const options: SqueezeStepOptions = {
  threat: linf(0.25),
  stepSize: 0.0625,
  divergence: 'symmetric-kl',
  points: 'published',
};
const checked = { ...options, discrepancy: divergenceNamed(options.divergence) };

/** Two pixels, two classes: the pixels are the logits. The confidence in class 0 grows with the first pixel minus the second. */
function pixels(): { classifier: Classifier; passes: BatchNormMode[] } {
  const passes: BatchNormMode[] = [];
  const logits = (images: tf.Tensor4D, mode: BatchNormMode): tf.Tensor2D => {
    passes.push(mode);
    return tf.reshape(images, [images.shape[0], 2]);
  };
  return { classifier: asClassifier(logits, { classes: 2 }), passes };
}

const rows = (values: readonly number[]): tf.Tensor4D => tf.tensor4d([...values], [values.length / 2, 1, 2, 1]);

/** Every image is (0.5, 0.5) of class 0; points are given by the offset of their first pixel. */
function setUp(adversarial: readonly number[], collaborative: readonly number[]): { batch: Batch; at: SqueezePoints } {
  const points = (offsets: readonly number[]): tf.Tensor4D => rows(offsets.flatMap((offset) => [0.5 + offset, 0.5]));
  const batch = {
    images: points(adversarial.map(() => 0)),
    labels: tf.zeros<tf.Rank.R1>([adversarial.length], 'int32'),
  };
  const naturalLogits = tf.fill<tf.Rank.R2>([adversarial.length, 2], 0.5);
  return { batch, at: { adversarial: points(adversarial), collaborative: points(collaborative), naturalLogits } };
}

describe('squeezeStep, worked by hand', () => {
  it('lowers the confidence of the adversarial point and raises that of the collaborative one, without a natural pass', () => {
    tf.tidy(() => {
      const { classifier, passes } = pixels();
      const { batch, at } = setUp([-0.125], [0.125]);
      const step = squeezeStep(classifier, batch, at, options);
      expect([...step.upper.dataSync(), ...step.lower.dataSync()]).toEqual([2, 1]);
      expectClose(step.adversarial, [0.3125, 0.5625]);
      expectClose(step.collaborative, [0.6875, 0.4375]);
      expect(passes).toEqual(['batch-frozen', 'batch-frozen']);
      const gap = 0.5 * (1 / (1 + Math.exp(0.125)) - 1 / (1 + Math.exp(-0.125))); // 0.5 (p - q), of class 0
      expectClose(step.upperGradient, [gap, -gap]);
      expectClose(step.lowerGradient, [-gap, gap]);
    });
  });

  it('published: if the points swapped roles and no example selected natural, each point moves along the other’s gradient from where it is', () => {
    tf.tidy(() => {
      const { batch, at } = setUp([0.125], [-0.125]);
      const step = squeezeStep(pixels().classifier, batch, at, options);
      expect([...step.upper.dataSync(), ...step.lower.dataSync()]).toEqual([1, 2]);
      expectClose(step.adversarial, [0.5625, 0.5625]); // its own 0.625, moved down
      expectClose(step.collaborative, [0.4375, 0.4375]);
    });
  });

  it('consistent: if the points swapped roles, each starts from the view whose role it takes', () => {
    tf.tidy(() => {
      const { batch, at } = setUp([0.125], [-0.125]);
      const step = squeezeStep(pixels().classifier, batch, at, { ...options, points: 'consistent' });
      expectClose(step.adversarial, [0.3125, 0.5625]); // from the collaborative point's 0.375
      expectClose(step.collaborative, [0.6875, 0.4375]);
    });
  });

  it('published: if one example selects natural, every example of the batch starts from its selected view', () => {
    tf.tidy(() => {
      const { classifier, passes } = pixels();
      const { batch, at } = setUp([0.125, 0.125], [-0.125, 0.0625]); // the second example's least confident view is the natural one
      const step = squeezeStep(classifier, batch, at, options);
      expect([...step.upper.dataSync(), ...step.lower.dataSync()]).toEqual([1, 0, 2, 2]);
      expectClose(step.adversarial, [0.3125, 0.5625, 0.4375, 0.5625]);
      expectClose(step.collaborative, [0.6875, 0.4375, 0.6875, 0.4375]);
      expect(passes).toEqual(['batch-frozen', 'batch-frozen', 'batch-frozen']);
    });
  });

  it('does not move if all views are equal: sign(0) = 0', () => {
    tf.tidy(() => {
      const { batch, at } = setUp([0], [0]);
      const step = squeezeStep(pixels().classifier, batch, at, options);
      expect([...step.upper.dataSync(), ...step.lower.dataSync()]).toEqual([0, 0]);
      expectClose(step.adversarial, [0.5, 0.5]);
      expectClose(step.collaborative, [0.5, 0.5]);
    });
  });

  it('projects into the ball and [0, 1]', () => {
    tf.tidy(() => {
      const { batch, at } = setUp([-0.25], [0.5]);
      const step = squeezeStep(pixels().classifier, batch, at, { ...options, stepSize: 0.5 });
      expectClose(step.adversarial, [0.25, 0.75]);
      expectClose(step.collaborative, [0.75, 0.25]);
    });
  });
});

describe('squeezeStep on a network with batch normalization', () => {
  const model = sequential({
    layers: [
      layers.conv2d({ inputShape: [5, 5, 2], filters: 4, kernelSize: 3, kernelInitializer: normal(1) }),
      layers.batchNormalization(),
      layers.reLU(),
      layers.flatten(),
      layers.dense({ units: 3, kernelInitializer: normal(2) }),
    ],
  });
  const classifier = asClassifier(model);
  const batchOf = (seed: number): Batch => ({
    images: createRng(seed).uniform([3, 5, 5, 2]),
    labels: tf.tensor1d([0, 1, 2], 'int32'),
  });
  const around = ({ images }: Batch, seed: number): SqueezePoints => ({
    adversarial: tf.add(images, tf.mul(0.02, createRng(seed).normal<tf.Rank.R4>([3, 5, 5, 2]))),
    collaborative: tf.add(images, tf.mul(0.02, createRng(seed + 1).normal<tf.Rank.R4>([3, 5, 5, 2]))),
    naturalLogits: classifier.logits(images, 'batch-frozen'),
  });

  it.each(POINT_CHOICES)('gives the same bits whether or not it may read, with points %s', (points) => {
    const needed = new Set<boolean>();
    for (let seed = 0; seed < 12; seed++) {
      tf.tidy(() => {
        const batch = batchOf(seed);
        const at = around(batch, seed);
        const [reading, computing] = [true, false].map((mayRead) => {
          let passes = 0;
          const counting: Classifier = {
            ...classifier,
            logits: (images, mode) => {
              passes++;
              return classifier.logits(images, mode);
            },
          };
          const step = squeezeStepUnchecked({ mayRead }, counting, batch, at, { ...checked, points });
          if (mayRead) needed.add(passes === 3);
          else expect(passes).toBe(3);
          return Object.entries(step).map(([name, tensor]) => [name, [...tensor.dataSync()]]);
        });
        expect(reading).toEqual(computing);
      });
    }
    expect(needed).toEqual(new Set([true, false])); // both cases occurred
  });

  it.each(DIVERGENCES)('widens the gap under %s, in every norm', (divergence) => {
    const walks = [
      { threat: linf(0.1), stepSize: 0.01 },
      { threat: l2(0.5), stepSize: 0.05 },
      { threat: l1(3), stepSize: 0.3 },
    ];
    for (const walk of walks) {
      tf.tidy(() => {
        const batch = batchOf(1);
        const first = around(batch, 1);
        const step = (at: SqueezePoints) =>
          squeezeStep(classifier, batch, at, { ...walk, divergence, points: 'consistent' });
        let at: SqueezePoints = first;
        for (let i = 0; i < 5; i++) at = step(at);
        expect(confidenceGap(at, batch)).toBeGreaterThan(confidenceGap(first, batch) + 0.01);
      });
    }
  });

  function confidenceGap({ adversarial, collaborative }: SqueezePoints, { labels }: Batch): number {
    const confidence = (images: tf.Tensor4D): tf.Tensor =>
      tf.sum(tf.mul(tf.softmax(classifier.logits(images, 'batch-frozen')), tf.cast(tf.oneHot(labels, 3), 'float32')));
    return tf.sub(confidence(collaborative), confidence(adversarial)).dataSync()[0] ?? Number.NaN;
  }

  it('leaks no tensor besides its seven results, and does not change the running statistics', () => {
    const batch = batchOf(3);
    const at = around(batch, 3);
    const statistics = () => classifier.statistics.flatMap(({ variable }) => [...variable.dataSync()]);
    const before = statistics();
    for (const mayRead of [true, false]) {
      expect(countTensors(() => tf.dispose(squeezeStepUnchecked({ mayRead }, classifier, batch, at, checked)))).toBe(0);
    }
    expect(statistics()).toEqual(before);
    tf.dispose([batch, at]);
  });

  it('computes no gradient of the weights', async () => {
    const filters = tf.variable(createRng(6).normal<tf.Rank.R4>([3, 3, 2, 3]));
    const convolution = asClassifier((z) => tf.mean(tf.conv2d(z, filters, 1, 'same'), [1, 2]), { classes: 3 });
    const batch = batchOf(4);
    const at = { ...around(batch, 4), naturalLogits: convolution.logits(batch.images, 'batch-frozen') };
    const { kernelNames } = await tf.profile(() => {
      squeezeStep(convolution, batch, at, options);
    });
    expect(kernelNames).toContain('Conv2DBackpropInput');
    expect(kernelNames).not.toContain('Conv2DBackpropFilter');
    tf.dispose([batch, at, filters]);
  });

  it('rejects unknown words and points of another shape', () => {
    tf.tidy(() => {
      const batch = batchOf(5);
      const at = around(batch, 5);
      const step = (changes: Partial<SqueezeStepOptions>) => () =>
        squeezeStep(classifier, batch, at, { ...options, ...changes });
      expect(step({ divergence: 'kl' as Divergence })).toThrow(
        "[@st/attacks] squeezeStep: divergence must be one of 'symmetric-kl'",
      );
      expect(step({ points: 'swapped' as PointChoice })).toThrow(
        "points must be one of 'published', 'consistent', got 'swapped'.",
      );
      expect(() => squeezeStep(classifier, batch, { ...at, adversarial: tf.zeros([3, 5, 5, 1]) }, options)).toThrow(
        '[@st/attacks] squeezeStep: adversarial must be float32 [3, 5, 5, 2], got Tensor float32 [3,5,5,1].',
      );
    });
  });
});

function normal(seed: number) {
  return initializers.randomNormal({ mean: 0, stddev: 0.5, seed });
}
