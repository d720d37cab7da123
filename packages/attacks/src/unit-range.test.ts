import { asClassifier, type Batch, type Classifier, createRng, InvalidArgumentError } from '@st/core';
import { countTensors } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { apgdRun } from './attack/apgd/apgd-run.ts';
import { carliniWagnerRun } from './attack/carlini-wagner/carlini-wagner-run.ts';
import { fabRun } from './attack/fab/fab-run.ts';
import { squareRun } from './attack/square/square-run.ts';
import { clipAround } from './ball/clip-around.ts';
import { project } from './ball/project.ts';
import { l1, l2, linf } from './ball/threat.ts';
import { everyAttack, everySearch } from './fixtures/every-attack.fixture.ts';
import { randomnessOf } from './fixtures/run-attack.fixture.ts';
import { distanceBetween, rowsOf, severalClasses } from './fixtures/several-classes.fixture.ts';
import { projectedStep } from './step/projected-step.ts';
import { freeAdversarialTraining } from './training/free-adversarial-training.ts';

const THREATS = [linf(0.1), l2(0.4), l1(1.2)];
const SIZE = 5;

/** Throws at a pixel outside [0, 1]. */
function insideOnly(): Classifier {
  const inner = severalClasses(4);
  return asClassifier(
    (x, mode) => {
      const outside = x.dataSync().find((value) => !(value >= 0 && value <= 1));
      if (outside !== undefined) throw new Error(`was asked about ${outside}`);
      return inner.logits(x, mode);
    },
    { classes: 4, imageShape: [4, 4, 1] },
  );
}

/** Pixels at the bounds, one rounding step from them, and gray ones. */
function extreme(classifier: Classifier): Batch {
  const values = [0, 1, 1 - 2 ** -24, 2 ** -149, 1e-7, 1 - 1e-7, 0.5, 0.49];
  const images = tf.tensor4d(
    Array.from({ length: SIZE * 16 }, (_, i) => values[(i * 5 + Math.floor(i / 16)) % values.length] ?? 0),
    [SIZE, 4, 4, 1],
  );
  const labels = tf.tidy(() => tf.cast(tf.argMax(classifier.logits(images, 'inference'), 1), 'int32') as tf.Tensor1D);
  return { images, labels };
}

describe.each(THREATS)('attacks in $norm', (threat) => {
  const classifier = insideOnly();
  const attacks = everyAttack(threat, classifier).map((attack) => [attack.name, attack] as const);

  it.each(attacks)('%s evaluates the model only inside [0, 1], to the last bit', async (_, attack) => {
    const batch = extreme(classifier);
    const result = await attack.run(classifier, batch, randomnessOf(1, [...Array(SIZE).keys()]));
    expect(result.adversarial.dataSync().every((value) => value >= 0 && value <= 1)).toBe(true);
    tf.dispose([result.adversarial, batch.images, batch.labels]);
  });

  it.each(attacks)('%s accepts images outside by rounding, and rejects others', async (_, attack) => {
    const batch = extreme(classifier);
    const run = (images: tf.Tensor4D) => attack.run(classifier, { ...batch, images }, randomnessOf(1, [0, 1, 2, 3, 4]));
    const rounded = tf.tidy(() => tf.sub(tf.mul(batch.images, 1 + 2e-7), 1e-7) as tf.Tensor4D);
    const { adversarial } = await run(rounded);
    for (const [i, point] of rowsOf(adversarial).entries()) {
      expect(distanceBetween(threat.norm, rowsOf(rounded)[i] ?? [], point)).toBeLessThan(threat.epsilon + 16e-7);
    }
    const signed = tf.tidy(() => tf.sub(tf.mul(batch.images, 2), 1) as tf.Tensor4D);
    await expect(run(signed)).rejects.toThrow('images must be in [0, 1], got');
    tf.dispose([adversarial, rounded, signed, batch.images, batch.labels]);
  });
});

describe('runs', () => {
  it('reject images outside [0, 1] under their own names', async () => {
    const classifier = severalClasses(4);
    const images = tf.fill<tf.Rank.R4>([1, 4, 4, 1], 200);
    const labels = tf.tensor1d([0], 'int32');
    const threat = l2(0.1);
    const draws = { shared: () => [0.5], each: () => [0.5] };
    const apgdOptions = { threat, loss: 'ce', iterations: 2, rho: 0.75, eot: 1, keep: 'last', from: 'random' } as const;
    const fabOptions = {
      threat,
      iterations: 2,
      keep: 'smallest',
      finalSearch: 0,
      alphaMax: 0.1,
      eta: 1.05,
      beta: 0.9,
    } as const;
    const cwOptions = { steps: 2, constants: 1, firstConstant: 1, learningRate: 0.1, confidence: 0, doneWithin: 0 };
    const squareOptions = { threat, loss: 'margin', queries: 2, pInit: 0.8, rescale: false } as const;
    const batch = { images, labels };
    const runs = {
      apgdRun: () => apgdRun(classifier, batch, images, apgdOptions),
      fabRun: () => fabRun(classifier, batch, images, fabOptions),
      carliniWagnerRun: () => carliniWagnerRun(classifier, batch, cwOptions),
      squareRun: () => squareRun(classifier, batch, squareOptions, draws),
    };
    for (const [name, run] of Object.entries(runs)) {
      await expect(run()).rejects.toThrow(`[@st/attacks] ${name}: images must be in [0, 1], got`);
    }
    tf.dispose([images, labels]);
  });
});

describe.each(THREATS)('searches in $norm', (threat) => {
  it.each(Object.keys(everySearch(threat)))('%s rejects images outside [0, 1], and leaks no tensor', (name) => {
    const classifier = severalClasses(4);
    const search = everySearch(threat)[name];
    const labels = tf.zeros<tf.Rank.R1>([3], 'int32');
    const unit = createRng(1).uniform<tf.Rank.R4>([3, 4, 4, 1]);
    for (const images of tf.tidy(() => [
      tf.sub(tf.mul(unit, 2), 1),
      tf.mul(unit, 255),
      tf.fill(unit.shape, Number.NaN),
    ])) {
      const refused = () => {
        expect(() => search?.(classifier, { images: images as tf.Tensor4D, labels }, createRng(1))).toThrow(
          InvalidArgumentError,
        );
      };
      expect(countTensors(refused)).toBe(0);
      images.dispose();
    }
    tf.dispose([labels, unit]);
  });
});

describe('on back ends where images are not read', () => {
  it('no step moves a pixel by more than epsilon, or farther outside [0, 1]', () => {
    tf.tidy(() => {
      const images = tf.tensor4d([-1, -0.5, 0, 0.5, 1, 2, 255, 0.2], [2, 2, 2, 1]);
      const far = createRng(1).normal<tf.Rank.R4>(images.shape, 0, 100);
      for (const threat of [linf(0.1), linf([0.1]), l2(0.2), l1(0.3)]) {
        for (const [i, point] of rowsOf(project(threat, tf.add(images, far), images)).entries()) {
          const image = rowsOf(images)[i] ?? [];
          expect(distanceBetween(threat.norm, image, point)).toBeLessThan(threat.epsilon * (1 + 1e-3));
          for (const [j, value] of point.entries()) {
            expect(value >= Math.min(0, image[j] ?? 0) - 1e-6 || threat.norm === 'linf').toBe(true);
          }
        }
      }
    });
  });

  it('clipAround clips to [0, 1] around images inside', () => {
    tf.tidy(() => {
      const [points, center] = [
        tf.tensor4d([-1, 2, 0.3, -3], [1, 2, 2, 1]),
        tf.tensor4d([0, 1, 0.5, -2], [1, 2, 2, 1]),
      ];
      expect(Array.from(clipAround(points, center).dataSync())).toEqual([0, 1, Math.fround(0.3), -2]);
      const gradient = tf.onesLike(points);
      const moved = projectedStep({ points, gradient, center }, l2(1), 1, 'box');
      expect(moved.dataSync()[3]).toBe(-2);
    });
  });

  it('free adversarial training rejects images outside [0, 1]', () => {
    const free = freeAdversarialTraining({ epsilon: 0.1, replays: 1 });
    const batch = { images: tf.fill<tf.Rank.R4>([1, 4, 4, 1], 2), labels: tf.tensor1d([0], 'int32') };
    expect(() => free.search(severalClasses(4), batch, createRng(1))).toThrow(InvalidArgumentError);
    tf.dispose([batch.images, batch.labels]);
  });
});
