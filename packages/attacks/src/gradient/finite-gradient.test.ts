import { asClassifier, type Batch, type Classifier, createRng, SGD, trainStep } from '@st/core';
import { CarriedTensors } from '@st/core/kit';
import { adversarialLoss, objective, withWeightPerturbation } from '@st/losses';
import { countTensors } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { l1, l2, linf } from '../ball/threat.ts';
import { everyAttack, everySearch } from '../fixtures/every-attack.fixture.ts';
import { randomnessOf } from '../fixtures/run-attack.fixture.ts';
import { distanceBetween, rowsOf } from '../fixtures/several-classes.fixture.ts';
import { ascentStep } from '../step/ascent-step.ts';
import { freeAdversarialTraining } from '../training/free-adversarial-training.ts';
import { finiteGradient, notFiniteRows } from './finite-gradient.ts';
import { steepestDirection } from './steepest-direction.ts';

const SIZE = 6;
const [INFINITE, NAN] = [Number.POSITIVE_INFINITY, Number.NaN];

/** Linear in the square roots of the pixels, whose derivative is infinite at black; every third pixel is black, all of image 0. */
function rooted(): Batch & { readonly classifier: Classifier } {
  const weights = createRng(1).normal<tf.Rank.R2>([16, 4]);
  const classifier = asClassifier((x) => tf.matMul(tf.reshape(tf.sqrt(x), [-1, 16]), weights) as tf.Tensor2D, {
    classes: 4,
    imageShape: [4, 4, 1],
  });
  const images = tf.tidy(() => {
    const isBlack = tf.tensor4d(
      Array.from({ length: SIZE * 16 }, (_, i) => Number(i < 16 || i % 3 === 0)),
      [SIZE, 4, 4, 1],
    );
    return tf.mul(createRng(2).uniform<tf.Rank.R4>([SIZE, 4, 4, 1], 0.1, 1), tf.sub(1, isBlack)) as tf.Tensor4D;
  });
  const labels = tf.tidy(() => tf.cast(tf.argMax(classifier.logits(images, 'inference'), 1), 'int32') as tf.Tensor1D);
  return { classifier, images, labels };
}

/** Passes images through; every entry of the first image's gradient is NaN. */
function spoilFirst(images: tf.Tensor4D): tf.Tensor4D {
  const through = tf.customGrad((x) => ({
    value: tf.clone(x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => {
      const isFirst = tf.equal(tf.range(0, dy.shape[0] ?? 0), 0);
      return tf.where(tf.reshape(isFirst, [-1, 1, 1, 1]), tf.fill(dy.shape, NAN), dy);
    },
  }));
  return through(images) as tf.Tensor4D;
}

describe('finiteGradient', () => {
  const rows = [
    [1, -2, 0, 0.5],
    [NAN, -2, INFINITE, 0.5],
    [-INFINITE, 0, 0, NAN],
    [NAN, NAN, NAN, NAN],
  ];
  const gradient = () => tf.tensor4d(rows.flat(), [4, 2, 2, 1]);
  const finite = [
    [1, -2, 0, 0.5],
    [0, -2, 2, 0.5],
    [-1, 0, 0, 0],
    [0, 0, 0, 0],
  ];

  it.each([true, false])('replaces NaN by 0 and infinity by the largest finite size, mayRead: %s', (mayRead) => {
    tf.tidy(() => {
      const found = finiteGradient(gradient(), mayRead);
      expect(rowsOf(found.gradient)).toEqual(finite);
      expect(Array.from(found.notFinite.dataSync())).toEqual([0, 1, 1, 1]);
      expect(Array.from(notFiniteRows(gradient()).dataSync())).toEqual([0, 1, 1, 1]);
    });
  });

  it('leaks no tensor, and does not change finite entries', () => {
    const small = tf.tensor4d([1e-38, -3e38, 0, 1], [1, 2, 2, 1]);
    expect(countTensors(() => tf.dispose(finiteGradient(small)))).toBe(0);
    tf.tidy(() => void expect(finiteGradient(small).gradient.dataSync()).toEqual(small.dataSync()));
    small.dispose();
  });

  it('gives finite directions of unit length in every norm', () => {
    tf.tidy(() => {
      expect(rowsOf(steepestDirection('linf', gradient()))).toEqual(finite.map((row) => row.map(Math.sign)));
      expect(rowsOf(steepestDirection('l1', gradient()))).toEqual([
        [0, -1, 0, 0],
        [0, -0.5, 0.5, 0],
        [-1, 0, 0, 0],
        [0, 0, 0, 0],
      ]);
      const lengths = rowsOf(steepestDirection('l2', gradient())).map((row) => Math.hypot(...row));
      for (const [i, length] of lengths.entries()) expect(length).toBeCloseTo(i === 3 ? 0 : 1, 6);
    });
  });
});

describe.each([linf(0.1), l2(0.4), l1(1)])('gradients that are not finite, in $norm', (threat) => {
  const made = rooted();
  const inBall = (points: readonly number[][]): void => {
    for (const [i, image] of rowsOf(made.images).entries()) {
      const point = points[i] ?? [];
      expect(point.every((value) => value >= 0 && value <= 1)).toBe(true); // NaN is neither
      expect(distanceBetween(threat.norm, image, point)).toBeLessThanOrEqual(threat.epsilon * (1 + 1e-5));
    }
  };

  it.each(everyAttack(threat, made.classifier).map((attack) => [attack.name, attack] as const))(
    'do not stop %s, which reports them',
    async (_, attack) => {
      const { classifier, ...batch } = made;
      const result = await attack.run(classifier, batch, randomnessOf(1, [...Array(SIZE).keys()]));
      inBall(rowsOf(result.adversarial));
      result.adversarial.dispose();
      const usesGradients = attack.name !== 'square';
      // random starts leave the black pixels, so their gradients are finite
      const startsAtBlack = ['fgsm', 'pgd-6', 'fab', 'fab-t'].includes(attack.name);
      if (startsAtBlack) expect(Array.from(result.gradientsNotFinite ?? [])).toEqual(new Array(SIZE).fill(1));
      if (!usesGradients) expect(Array.from(result.gradientsNotFinite ?? [])).toEqual(new Array(SIZE).fill(0));
      const found = result.found.reduce((sum, one) => sum + one, 0);
      if (usesGradients && !attack.name.startsWith('cw-l2')) expect(found).toBeGreaterThan(0);
    },
  );

  it.each(Object.keys(everySearch(threat)))('do not stop the search %s', (name) => {
    const search = everySearch(threat)[name];
    tf.tidy(() => {
      for (const view of Object.values(search?.(made.classifier, made, createRng(3)) ?? {})) {
        expect(view.dataSync().every(Number.isFinite)).toBe(true);
        if (name !== 'n-fgsm') inBall(rowsOf(view));
      }
    });
  });

  it('do not move an example whose whole gradient is NaN, and do not affect the others', () => {
    tf.tidy(() => {
      const { classifier, images, labels } = made;
      const inner = (x: tf.Tensor4D): tf.Tensor2D => classifier.logits(tf.add(tf.mul(x, 0.5), 0.1), 'inference');
      const spoiled = asClassifier((x) => inner(spoilFirst(x)), { classes: 4 });
      const options = {
        threat,
        stepSize: threat.epsilon,
        mode: 'inference',
        ascend: 'cross-entropy',
        direction: 'up',
      } as const;
      const step = (of: Classifier): number[][] =>
        rowsOf(ascentStep(of, { images, labels, points: images }, options).points);
      const [first, ...others] = step(spoiled);
      expect(first).toEqual(rowsOf(images)[0]);
      expect(others).toEqual(step(asClassifier(inner, { classes: 4 })).slice(1));
    });
  });
});

describe('training on gradients that are not finite', () => {
  it('counts them as 0 in weight perturbation', () => {
    const weight = tf.variable(tf.tensor2d([1, 2, 3, 4], [2, 2]), true, 'spoiled');
    const parameters = [{ name: 'spoiled/kernel', variable: weight }];
    const spoil = tf.customGrad((w) => ({
      value: tf.clone(w as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => tf.where(tf.tensor2d([1, 0, 0, 0], [2, 2], 'bool'), tf.fill([2, 2], INFINITE), dy),
    }));
    const classifier = asClassifier(
      (x) => tf.matMul(tf.reshape(x, [-1, 2]), spoil(weight) as tf.Tensor2D) as tf.Tensor2D,
      { classes: 2, parameters },
    );
    const natural = objective({
      search: (_, { images }) => ({ adversarial: images.clone() }),
      loss: adversarialLoss(),
    });
    const perturbed = withWeightPerturbation(natural, { gamma: 0.1 });
    tf.tidy(() => {
      const batch = { images: tf.tensor4d([0.2, 0.6], [1, 1, 2, 1]), labels: tf.tensor1d([0], 'int32') };
      const examples = perturbed.search(classifier, batch, createRng(1));
      const [kept, ...moved] = perturbed.wrapUpdate(classifier, examples, () => Array.from(weight.dataSync()));
      expect(kept).toBe(1);
      expect(moved.every((value, i) => Number.isFinite(value) && value !== [2, 3, 4][i])).toBe(true);
    });
    weight.dispose();
  });

  it('does not change the perturbation of free adversarial training', () => {
    const { classifier, ...batch } = rooted();
    const carried = new CarriedTensors();
    const optimizer = new SGD({ learningRate: 0.1 });
    const free = freeAdversarialTraining({ epsilon: 0.1, replays: 1 });
    const spoiled = asClassifier((x) => classifier.logits(spoilFirst(x), 'inference'), { classes: 4, parameters: [] });
    for (let step = 0; step < 2; step++) {
      tf.dispose(trainStep(spoiled, batch, { objective: free, optimizer, carried, rng: createRng(1) }));
    }
    const [first, ...others] = rowsOf(carried.get('free/perturbation') as tf.Tensor4D);
    expect(first).toEqual(new Array(16).fill(0));
    expect(others.flat().every(Number.isFinite) && others.flat().some((value) => value !== 0)).toBe(true);
    carried.dispose();
    optimizer.dispose();
  });
});
