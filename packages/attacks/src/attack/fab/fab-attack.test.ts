import { asClassifier, type Batch, type Classifier, type Norm, type ThreatModel } from '@st/core';
import { NORMS } from '@st/core/kit';
import { keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { l1, l2, linf } from '../../ball/threat.ts';
import { randomnessOf, runInBatches } from '../../fixtures/run-attack.fixture.ts';
import {
  distanceBetween,
  grayExamples,
  nearestMistake,
  rowsOf,
  severalClasses,
} from '../../fixtures/several-classes.fixture.ts';
import { fabAttack } from './fab-attack.ts';
import { fabDistances } from './fab-distances.ts';
import type { FabAttackOptions } from './fab-options.ts';
import { fabStart } from './fab-start.ts';

const CLASSES = 5;
const THREATS: Readonly<Record<Norm, ThreatModel>> = { linf: linf(0.02), l2: l2(0.06), l1: l1(0.15) };

function examples(classifier: Classifier, size: number): Batch {
  const batch = grayExamples(classifier, size);
  keep(batch.images, batch.labels);
  return batch;
}

/** The distances of the linear model's nearest misclassified points. */
function exactDistances(norm: Norm, { images, labels }: Batch): number[] {
  const truth = labels.dataSync();
  return rowsOf(images).map((image, i) => nearestMistake(norm, CLASSES, image, truth[i] ?? 0));
}

describe('fabAttack', () => {
  it.each(NORMS)(
    'finds in %s exactly the examples that a perturbation can break on a linear model, targeted or not',
    async (norm) => {
      const classifier = severalClasses(CLASSES);
      const batch = examples(classifier, 10);
      const threat = THREATS[norm];
      const exact = exactDistances(norm, batch);
      const natural = rowsOf(batch.images);
      for (const targeted of [undefined, CLASSES - 1]) {
        const attack = fabAttack({ threat, iterations: 12, ...(targeted && { targeted }) });
        const { found, adversarial, queries, gradientCalls } = await runInBatches(attack, classifier, batch);
        expect(found).toEqual(exact.map((distance) => Number(distance <= threat.epsilon)));
        expect(found.includes(1) && found.includes(0)).toBe(true);
        found.forEach((isFound, i) => {
          const points = adversarial[i] ?? [];
          if (!isFound) expect(points).toEqual(natural[i]);
          expect(distanceBetween(norm, points, natural[i] ?? [])).toBeLessThanOrEqual(threat.epsilon);
          expect(Math.min(...points)).toBeGreaterThanOrEqual(0);
          const runs = targeted ? (gradientCalls[i] ?? 0) / 12 : (gradientCalls[i] ?? 0) / (12 * (CLASSES - 1));
          expect(queries[i]).toBe(1 + 24 * runs);
          if (isFound) expect(runs).toBeGreaterThanOrEqual(1);
          else expect(runs).toBe(targeted ?? 1);
        });
        const images = tf.tensor4d(adversarial.flat(), batch.images.shape);
        keep(images);
        const wrong = tf.tidy(() =>
          tf.notEqual(tf.argMax(classifier.logits(images, 'inference'), 1), batch.labels).dataSync(),
        );
        expect(Array.from(wrong, Number)).toEqual(found);
      }
    },
  );

  it('gives the same results in batches of any size, with restarts drawn from the streams of the examples', async () => {
    const classifier = severalClasses(CLASSES, tf.tanh);
    const batch = examples(classifier, 5);
    for (const norm of NORMS) {
      const attack = fabAttack({ threat: THREATS[norm], iterations: 5, restarts: 2 });
      const whole = await runInBatches(attack, classifier, batch);
      for (const batchSize of [1, 2]) {
        const parts = await runInBatches(attack, classifier, batch, { batchSize });
        expect(parts.found).toEqual(whole.found);
        expect(parts.queries).toEqual(whole.queries);
        expect(parts.adversarial).toEqual(whole.adversarial);
      }
    }
  });

  it("finds the same examples with fewer queries with keep 'first'", async () => {
    const classifier = severalClasses(CLASSES);
    const batch = examples(classifier, 8);
    const options = { threat: THREATS.l2, iterations: 12 };
    const smallest = await runInBatches(fabAttack(options), classifier, batch);
    const first = await runInBatches(fabAttack({ ...options, keep: 'first' }), classifier, batch);
    expect(first.found).toEqual(smallest.found);
    expect(first.found).toContain(1);
    first.found.forEach((isFound, i) => {
      const [fewer, more] = [first.queries[i] ?? 0, smallest.queries[i] ?? 0];
      if (isFound) expect(fewer).toBeLessThan(more);
      else expect(fewer).toBe(more);
    });
  });

  it('finds nothing on a constant model, and does not attack misclassified images', async () => {
    const constant = asClassifier((x) => tf.mul(tf.ones([x.shape[0], 1]), [[3, 2, 1, 0]]) as tf.Tensor2D, {
      classes: 4,
    });
    const images = tf.fill<tf.Rank.R4>([2, 3, 3, 1], 0.5);
    const labels = tf.tensor1d([0, 2], 'int32');
    keep(images, labels);
    for (const norm of NORMS) {
      const outcome = await runInBatches(fabAttack({ threat: THREATS[norm], iterations: 3, restarts: 2 }), constant, {
        images,
        labels,
      });
      expect(outcome.found).toEqual([0, 0]);
      expect(outcome.adversarial).toEqual(rowsOf(images));
      expect(outcome.queries).toEqual([1 + 2 * 6, 1]);
    }
  });

  it('leaks no tensor, also if logits are NaN or it is aborted', async () => {
    const classifier = severalClasses(CLASSES);
    const batch = examples(classifier, 4);
    const run = (options: Partial<FabAttackOptions>, model = classifier, signal?: AbortSignal) =>
      fabAttack({ threat: THREATS.l1, iterations: 4, ...options }).run(
        model,
        batch,
        randomnessOf(1, [0, 1, 2, 3]),
        signal && { signal },
      );
    await run({}).then(({ adversarial }) => adversarial.dispose()); // tensors that tfjs creates once
    const before = tf.memory().numTensors;
    for (const options of [{}, { restarts: 2 }, { targeted: 3, keep: 'first' }, { finalSearch: 2 }] as const) {
      (await run(options)).adversarial.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
    let passes = 0;
    const changing = (change: (z: tf.Tensor2D) => tf.Tensor2D): Classifier => ({
      ...classifier,
      logits: (x, mode) =>
        ++passes < 4 ? classifier.logits(x, mode) : tf.tidy(() => change(classifier.logits(x, mode))),
    });
    const broken = changing((z) => tf.mul(z, Number.NaN));
    await expect(run({}, broken)).rejects.toThrow(
      '[@st/attacks] fabAttack: logits must not be NaN, got some for points of the attack.',
    );
    const controller = new AbortController();
    passes = 0;
    const stopping = changing((z) => {
      controller.abort(new Error('enough'));
      return tf.clone(z);
    });
    await expect(run({}, stopping, controller.signal)).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reports its name and every setting', () => {
    expect(fabAttack({ threat: linf(0.1) })).toMatchObject({
      name: 'fab',
      settings: {
        norm: 'linf',
        epsilon: 0.1,
        iterations: 100,
        restarts: 1,
        alphaMax: 0.1,
        eta: 1.05,
        beta: 0.9,
        finalSearch: 0,
      },
    });
    expect(fabAttack({ threat: linf(0.1), targeted: 9 })).toMatchObject({ name: 'fab-t', settings: { targeted: 9 } });
    expect(fabAttack({ threat: linf(0.1), name: 'fab-1' }).name).toBe('fab-1');
  });

  it.each([
    [{ iterations: 0 }, 'iterations must be an integer >= 1, got 0'],
    [{ targeted: 0 }, 'targeted must be a number of classes, at least 1, got 0. Leave it out for untargeted FAB.'],
    [{ eta: 0.9 }, 'eta must be a finite number >= 1, got 0.9'],
    [{ beta: 1 }, 'beta must be a finite number in (0, 1), got 1'],
    [{ alphaMax: 2 }, 'alphaMax must be a finite number in [0, 1], got 2'],
    [{ finalSearch: -1 }, 'finalSearch must be an integer >= 0, got -1'],
    [{ keep: 'last' }, "keep must be one of 'smallest', 'first', got 'last'"],
    [{ steps: 3 }, "unknown option 'steps'"],
  ])('rejects %j', (changes, message) => {
    expect(() => fabAttack({ threat: linf(0.1), ...changes } as FabAttackOptions)).toThrow(
      `[@st/attacks] fabAttack: ${message}`,
    );
  });

  it('rejects more targets than the classifier has other classes', async () => {
    const classifier = severalClasses(CLASSES);
    const batch = examples(classifier, 1);
    await expect(runInBatches(fabAttack({ threat: linf(0.1), targeted: 9 }), classifier, batch)).rejects.toThrow(
      "[@st/attacks] fabAttack: targets must be at most 4, the classes beside the label's of a classifier of 5, got 9.",
    );
  });
});

describe('fabDistances', () => {
  it.each(NORMS)('finds in %s upper bounds close to the exact distances of a linear model', async (norm) => {
    const classifier = severalClasses(CLASSES);
    const batch = examples(classifier, 6);
    const exact = exactDistances(norm, batch);
    const measure = (finalSearch: number) =>
      fabDistances(classifier, batch, randomnessOf(1, [0, 1, 2, 3, 4, 5]), {
        threat: THREATS[norm],
        iterations: 15,
        finalSearch,
      });
    const [plain, searched] = [await measure(0), await measure(3)];
    keep(plain.adversarial, searched.adversarial);
    exact.forEach((distance, i) => {
      // a step goes 5 % beyond the boundary
      expect(plain.distances[i]).toBeGreaterThanOrEqual(distance * (1 - 1e-4));
      expect(plain.distances[i]).toBeLessThanOrEqual(distance * 1.06);
      expect(searched.distances[i]).toBeLessThanOrEqual((plain.distances[i] ?? 0) * (1 + 1e-6));
    });
    const natural = rowsOf(batch.images);
    rowsOf(searched.adversarial).forEach((points, i) => {
      expect(distanceBetween(norm, points, natural[i] ?? [])).toBeCloseTo(searched.distances[i] ?? Number.NaN, 6);
    });
    const wrong = tf.tidy(() =>
      tf.notEqual(tf.argMax(classifier.logits(searched.adversarial, 'inference'), 1), batch.labels).dataSync(),
    );
    expect(Array.from(wrong, Number)).toEqual(exact.map(() => 1));
  });

  it('keeps the nearest point of all restarts and targets at any radius', async () => {
    const classifier = severalClasses(CLASSES, tf.tanh);
    const batch = examples(classifier, 4);
    const measure = (options: Partial<FabAttackOptions>) => {
      const { keep, ...others } = { threat: linf(1e-4), iterations: 6, ...options };
      return fabDistances(classifier, batch, randomnessOf(1, [0, 1, 2, 3]), others);
    };
    const [one, two, targeted] = [
      await measure({}),
      await measure({ restarts: 2 }),
      await measure({ targeted: CLASSES - 1 }),
    ];
    for (const { adversarial } of [one, two, targeted]) keep(adversarial);
    one.distances.forEach((distance, i) => {
      expect(two.distances[i]).toBeLessThanOrEqual(distance);
      expect(targeted.distances[i]).toBeCloseTo(distance, 2);
      expect(two.gradientCalls[i]).toBe(2 * 6 * (CLASSES - 1));
    });
  });

  it('gives 0 for misclassified images, and infinity if no misclassified point was found', async () => {
    const constant = asClassifier((x) => tf.mul(tf.ones([x.shape[0], 1]), [[2, 1, 0]]) as tf.Tensor2D, { classes: 3 });
    const images = tf.fill<tf.Rank.R4>([2, 3, 3, 1], 0.5);
    const labels = tf.tensor1d([1, 0], 'int32');
    keep(images, labels);
    const before = tf.memory().numTensors;
    const result = await fabDistances(constant, { images, labels }, randomnessOf(1, [0, 1]), {
      threat: l2(1),
      iterations: 2,
    });
    expect([...result.distances]).toEqual([0, Number.POSITIVE_INFINITY]);
    expect(rowsOf(result.adversarial)).toEqual(rowsOf(images));
    result.adversarial.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('fabStart', () => {
  it.each(NORMS)('starts in %s at distance epsilon / 2, and rejects draws of another shape', (norm) => {
    tf.tidy(() => {
      const images = tf.fill<tf.Rank.R4>([1, 2, 2, 1], 0.5);
      const draws = tf.tensor4d([0.9, 0.2, 0.4, 0.6], [1, 2, 2, 1]);
      const [start = []] = rowsOf(fabStart(THREATS[norm], images, draws));
      expect(distanceBetween(norm, start, [0.5, 0.5, 0.5, 0.5])).toBeCloseTo(THREATS[norm].epsilon / 2, 6);
      expect(() => fabStart(THREATS[norm], images, tf.zeros([1, 2, 2, 2]))).toThrow(
        'fabStart: draws must be float32 [1, 2, 2, 1]',
      );
    });
  });
});
