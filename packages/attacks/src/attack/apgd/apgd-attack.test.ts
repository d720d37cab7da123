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
import { type ApgdAttackOptions, apgdAttack } from './apgd-attack.ts';
import type { ApgdLoss } from './apgd-loss.ts';
import { apgdRun } from './apgd-run.ts';

const CLASSES = 5;
const THREATS: Readonly<Record<Norm, ThreatModel>> = { linf: linf(0.02), l2: l2(0.06), l1: l1(0.15) };
const LOSSES: readonly ApgdLoss[] = ['ce', 'dlr', 'dlr-targeted'];

function examples(classifier: Classifier, size: number): Batch {
  const batch = grayExamples(classifier, size);
  keep(batch.images, batch.labels);
  return batch;
}

const optionsFor = (norm: Norm, loss: ApgdLoss): ApgdAttackOptions => ({
  threat: THREATS[norm],
  loss,
  iterations: 15,
  ...(loss === 'dlr-targeted' && { targets: CLASSES - 1 }),
});

/** A model whose gradient is 0 everywhere. */
const constantModel = asClassifier((x) => tf.mul(tf.ones([x.shape[0], 1]), [[3, 2, 1, 0]]) as tf.Tensor2D, {
  classes: 4,
});

describe('apgdAttack', () => {
  const kinds = NORMS.flatMap((norm) => LOSSES.map((loss) => [norm, loss] as const));
  it.each(kinds)(
    'finds in %s on %s exactly the examples that a perturbation can break on a linear model',
    async (norm, loss) => {
      const classifier = severalClasses(CLASSES);
      const batch = examples(classifier, 12);
      const { found, adversarial } = await runInBatches(apgdAttack(optionsFor(norm, loss)), classifier, batch);
      const { epsilon } = THREATS[norm];
      const labels = batch.labels.dataSync();
      const natural = rowsOf(batch.images);
      const sure: number[] = [];
      natural.forEach((image, i) => {
        const distance = nearestMistake(norm, CLASSES, image, labels[i] ?? 0);
        // an untargeted loss may lead to a class whose boundary is farther; a targeted run to every class includes the nearest
        if (loss === 'dlr-targeted' && distance < 0.95 * epsilon) sure.push(i);
        if (distance > epsilon * (1 + 1e-4)) expect(found[i]).toBe(0);
        expect(distanceBetween(norm, adversarial[i] ?? [], image)).toBeLessThanOrEqual(epsilon * (1 + 1e-5));
        if (!found[i]) expect(adversarial[i]).toEqual(image);
      });
      expect(sure.filter((i) => !found[i])).toEqual([]);
      expect(found.includes(1) && found.includes(0)).toBe(true);
      const images = tf.tensor4d(adversarial.flat(), batch.images.shape);
      const predicted = tf.tidy(() => tf.argMax(classifier.logits(images, 'inference'), 1).dataSync().slice());
      keep(images);
      expect(found).toEqual(Array.from(predicted, (label, i) => Number(label !== labels[i])));
    },
  );

  it('gives the same results in batches of any size', async () => {
    const classifier = severalClasses(CLASSES, tf.tanh);
    const batch = examples(classifier, 7);
    for (const norm of NORMS) {
      const attack = apgdAttack({ ...optionsFor(norm, 'dlr'), restarts: 2, iterations: 12 });
      const whole = await runInBatches(attack, classifier, batch);
      for (const batchSize of [1, 3]) {
        const parts = await runInBatches(attack, classifier, batch, { batchSize });
        expect(parts.found).toEqual(whole.found);
        expect(parts.queries).toEqual(whole.queries);
        expect(parts.adversarial).toEqual(whole.adversarial);
      }
    }
  });

  it('runs later restarts and targets on the active examples alone', async () => {
    const classifier = severalClasses(CLASSES);
    const batch = examples(classifier, 10);
    const one = await runInBatches(apgdAttack(optionsFor('linf', 'ce')), classifier, batch);
    const three = await runInBatches(apgdAttack({ ...optionsFor('linf', 'ce'), restarts: 3 }), classifier, batch);
    one.found.forEach((found, i) => {
      const runs = found ? 1 : 3;
      // 15 steps: 16 points, of which the last needs no gradient; and one forward pass on the image
      if (found || !three.found[i]) expect(three.queries[i]).toBe(1 + 16 * runs);
      if (found || !three.found[i]) expect(three.gradientCalls[i]).toBe(15 * runs);
      expect(one.gradientCalls[i]).toBe(15);
    });
    expect(one.found).toContain(0);
  });

  it('starts each restart at its own random point on the surface of the ball, and finds the union of their finds', async () => {
    const inner = severalClasses(CLASSES, tf.tanh);
    const batch = examples(inner, 10);
    const natural = rowsOf(batch.images);
    const asked: number[][][] = [];
    const recording: Classifier = {
      ...inner,
      logits: (images, mode) => {
        asked.push(rowsOf(images));
        return inner.logits(images, mode);
      },
    };
    const iterations = 5;
    const options = { ...optionsFor('linf', 'ce'), iterations, restarts: 3 } as const;
    const { found } = await runInBatches(apgdAttack(options), recording, batch);
    const { epsilon } = THREATS.linf;
    const starts = [1, 2, 3].map((restart) => asked[1 + (restart - 1) * (iterations + 1)] ?? []);
    let rows = natural.map((_, row) => row);
    const union = new Array<number>(natural.length).fill(0);
    for (const [restart, start] of starts.entries()) {
      expect(start).toHaveLength(rows.length);
      for (const [i, point] of start.entries()) {
        expect(distanceBetween('linf', point, natural[rows[i] ?? 0] ?? [])).toBeCloseTo(epsilon, 6);
        for (const other of starts.slice(0, restart)) expect(other).not.toContainEqual(point);
      }
      // the finds of one run from that start on the active examples
      const images = tf.tensor4d(
        rows.flatMap((row) => natural[row] ?? []),
        [rows.length, 4, 4, 1],
      );
      const points = tf.tensor4d(start.flat(), images.shape);
      const labels = tf.tensor1d(
        rows.map((row) => batch.labels.dataSync()[row] ?? 0),
        'int32',
      );
      const run = await apgdRun(inner, { images, labels }, points, {
        ...{ threat: THREATS.linf, loss: 'ce', iterations, rho: 0.75, eot: 1, keep: 'last', from: 'random' },
      });
      keep(images, points, labels, run.adversarial, run.best);
      const left: number[] = [];
      for (const [i, row] of rows.entries()) {
        if (run.found[i]) union[row] = 1;
        else left.push(row);
      }
      rows = left;
    }
    expect(found).toEqual(union);
    expect(found).toContain(0);
    expect(found).toContain(1);
  });

  it("finds the same examples with fewer queries with keep 'first', and returns misclassified points", async () => {
    const classifier = severalClasses(CLASSES);
    const batch = examples(classifier, 10);
    for (const loss of ['ce', 'dlr-targeted'] as const) {
      const options = optionsFor('linf', loss);
      const last = await runInBatches(apgdAttack(options), classifier, batch);
      const first = await runInBatches(apgdAttack({ ...options, keep: 'first' }), classifier, batch);
      expect(first.found).toEqual(last.found);
      first.found.forEach((found, i) => {
        const [fewer, more] = [first.queries[i] ?? 0, last.queries[i] ?? 0];
        if (found) expect(fewer).toBeLessThan(more);
        else expect(fewer).toBe(more);
      });
      const images = tf.tensor4d(first.adversarial.flat(), batch.images.shape);
      const wrong = tf.tidy(() =>
        tf.notEqual(tf.argMax(classifier.logits(images, 'inference'), 1), batch.labels).dataSync(),
      );
      keep(images);
      expect(Array.from(wrong, Number)).toEqual(first.found);
    }
  });

  it('in l1 with decreasing radii ends in the ball of the last radius and splits the iterations 3 : 3 : 4', async () => {
    const classifier = severalClasses(CLASSES);
    const batch = examples(classifier, 8);
    const options = { ...optionsFor('l1', 'ce'), iterations: 20, radii: 'decreasing' } as const;
    const { found, adversarial, queries, gradientCalls } = await runInBatches(apgdAttack(options), classifier, batch);
    rowsOf(batch.images).forEach((image, i) => {
      expect(distanceBetween('l1', adversarial[i] ?? [], image)).toBeLessThanOrEqual(THREATS.l1.epsilon * (1 + 1e-5));
    });
    expect(found).toContain(1);
    expect(queries).toEqual(queries.map(() => 1 + 7 + 7 + 9));
    expect(gradientCalls).toEqual(queries.map(() => 20));
  });

  it('averages the gradients of eot passes of a randomized model, and counts every pass', async () => {
    let passes = 0;
    const inner = severalClasses(CLASSES);
    const noisy: Classifier = {
      ...inner,
      logits: (images, mode) => {
        passes++;
        return tf.tidy(() => inner.logits(tf.add(images, 0.001 * ((passes % 3) - 1)), mode));
      },
    };
    const batch = examples(inner, 4);
    const { queries, gradientCalls } = await runInBatches(
      apgdAttack({ threat: linf(0.001), loss: 'ce', iterations: 3, eot: 5 }),
      noisy,
      batch,
    );
    expect(passes).toBe(1 + 5 * 3 + 1);
    expect(queries).toEqual([17, 17, 17, 17]);
    expect(gradientCalls).toEqual([15, 15, 15, 15]);
  });

  it('finds nothing on a constant model, whose gradient is 0', async () => {
    const images = tf.fill<tf.Rank.R4>([2, 3, 3, 1], 0.5);
    const labels = tf.zeros<tf.Rank.R1>([2], 'int32');
    keep(images, labels);
    for (const norm of NORMS) {
      for (const loss of LOSSES) {
        const attack = apgdAttack({
          threat: THREATS[norm],
          loss,
          iterations: 4,
          ...(loss === 'dlr-targeted' && { targets: 2 }),
        });
        const { found, adversarial } = await runInBatches(attack, constantModel, { images, labels });
        expect(found).toEqual([0, 0]);
        expect(adversarial).toEqual(rowsOf(images));
      }
    }
  });

  it('does not attack examples whose natural image is misclassified, also if all are', async () => {
    const classifier = severalClasses(CLASSES);
    const { images, labels } = examples(classifier, 3);
    const wrong = tf.tidy(() => tf.cast(tf.mod(tf.add(labels, 1), CLASSES), 'int32') as tf.Tensor1D);
    keep(wrong);
    const outcome = await runInBatches(apgdAttack(optionsFor('l2', 'ce')), classifier, { images, labels: wrong });
    expect(outcome.found).toEqual([0, 0, 0]);
    expect(outcome.queries).toEqual([1, 1, 1]);
    expect(outcome.adversarial).toEqual(rowsOf(images));
  });

  it('leaks no tensor, also if examples retire early or the attack fails', async () => {
    const classifier = severalClasses(CLASSES);
    const batch = examples(classifier, 6);
    const run = (options: Partial<ApgdAttackOptions>, model: Classifier = classifier) =>
      apgdAttack({ ...optionsFor('l1', 'ce'), iterations: 6, ...options }).run(
        model,
        batch,
        randomnessOf(1, [0, 1, 2, 3, 4, 5]),
      );
    await run({}).then(({ adversarial }) => adversarial.dispose()); // tensors that tfjs creates once
    const before = tf.memory().numTensors;
    for (const options of [{}, { keep: 'first', restarts: 2 }, { radii: 'decreasing' }, { eot: 2 }] as const) {
      const { adversarial } = await run(options);
      adversarial.dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
    let passes = 0;
    const breaking: Classifier = {
      ...classifier,
      logits: (images, mode) => {
        const logits = classifier.logits(images, mode);
        if (++passes < 4) return logits;
        return tf.tidy(() => tf.mul(logits, Number.NaN));
      },
    };
    await expect(run({}, breaking)).rejects.toThrow('[@st/attacks] apgdAttack: logits must not be NaN');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('rejects NaN logits of natural images', async () => {
    const broken = asClassifier((x) => tf.mul(tf.ones([x.shape[0], 4]), Number.NaN) as tf.Tensor2D, { classes: 4 });
    const images = tf.fill<tf.Rank.R4>([1, 3, 3, 1], 0.5);
    const labels = tf.zeros<tf.Rank.R1>([1], 'int32');
    keep(images, labels);
    await expect(
      runInBatches(apgdAttack({ threat: linf(0.1), loss: 'ce' }), broken, { images, labels }),
    ).rejects.toThrow('[@st/attacks] apgdAttack: logits must not be NaN, got some for the natural images.');
  });

  it('stops between two iterations once the signal is aborted, and leaks no tensor', async () => {
    const controller = new AbortController();
    const inner = severalClasses(CLASSES);
    const batch = examples(inner, 2);
    let passes = 0;
    const classifier: Classifier = {
      ...inner,
      logits: (images, mode) => {
        if (++passes === 4) controller.abort(new Error('enough'));
        return inner.logits(images, mode);
      },
    };
    const before = tf.memory().numTensors;
    const { signal } = controller;
    const running = apgdAttack({ threat: linf(0.001), loss: 'ce' }).run(classifier, batch, randomnessOf(1, [0, 1]), {
      signal,
    });
    await expect(running).rejects.toThrow('enough');
    expect(passes).toBe(4);
    expect(tf.memory().numTensors).toBe(before);
  });
});
