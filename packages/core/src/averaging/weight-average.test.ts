import { countTensors, expectClose, keep, miniatureDataset, miniatureModel } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { asClassifier } from '../classifier/as-classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { createRng } from '../rng.ts';
import type { Averaging } from './averaging.ts';
import { ema } from './ema.ts';
import { recomputeStatistics } from './recompute-statistics.ts';
import { swa } from './swa.ts';
import { WeightAverage } from './weight-average.ts';

/** A classifier with one scalar weight and one scalar running statistic. */
function scalars(weight: number, statistic: number): { classifier: Classifier; set(w: number, s: number): void } {
  const [w, s] = tf.tidy(() => [tf.variable(tf.tensor1d([weight])), tf.variable(tf.tensor1d([statistic]))]);
  if (!w || !s) throw new Error('two variables were made');
  keep(w, s);
  const classifier = asClassifier((images) => tf.zeros([images.shape[0], 2]), {
    classes: 2,
    parameters: [{ name: 'w', variable: w }],
    statistics: [{ name: 's', variable: s }],
  });
  const set = (to: number, statistics: number): void =>
    tf.tidy(() => {
      w.assign(tf.tensor1d([to]));
      s.assign(tf.tensor1d([statistics]));
    });
  return { classifier, set };
}

function averageOf(classifier: Classifier, averaging: Averaging): WeightAverage {
  const average = new WeightAverage(classifier, averaging);
  keep(average);
  return average;
}

const at = (epoch: number, step = 0, stepsPerEpoch = 1) => ({ epoch, step, stepsPerEpoch, epochs: 9 });

const seen = (classifier: Classifier): number[] =>
  [...classifier.parameters, ...classifier.statistics].map(({ variable }) => variable.dataSync()[0] ?? Number.NaN);

describe('ema', () => {
  it('keeps the share `decay` of the old average, for weights and statistics', async () => {
    const { classifier, set } = scalars(0, 10);
    const average = averageOf(classifier, ema({ decay: 0.75, warmup: false }));
    set(4, 20);
    average.update(at(1)); // 0.75 * 0 + 0.25 * 4, 0.75 * 10 + 0.25 * 20
    set(8, 0);
    average.update(at(1)); // 0.75 * 1 + 0.25 * 8, 0.75 * 12.5
    const inside = await average.during(async () => seen(classifier));
    expectClose(inside, [2.75, 9.375]);
    expect(seen(classifier)).toEqual([8, 0]);
  });

  it('forgets the initial weights quickly during warm-up, and reaches the given decay', () => {
    const { share } = ema({ decay: 0.995 });
    expect(share(0, at(1))).toBeCloseTo(0.9, 12);
    expect(share(10, at(1))).toBeCloseTo(1 - 11 / 20, 12);
    expect(share(5000, at(1))).toBeCloseTo(0.005, 12);
    expect(ema({ decay: 0.995, warmup: false }).share(0, at(1))).toBeCloseTo(0.005, 12);
  });

  it.each<[object, string]>([
    [{ decay: 1 }, 'decay must be a finite number in [0, 1), got 1.'],
    [{ decay: -0.1 }, 'decay must be a finite number in [0, 1), got -0.1.'],
    [{ decay: 0.9, warmup: 3 }, 'warmup must be true or false, got 3.'],
    [{ decay: 0.9, Warmup: true }, "unknown option 'Warmup'; did you mean 'warmup'?"],
    [
      { decay: 0.9, statistics: 'none' },
      "statistics must be 'averaged' (along with the weights) or 'recomputed' (over training data), got 'none'. Averaged weights cannot do without running statistics of their own",
    ],
  ])('refuses %o', (options, message) => {
    expect(() => ema(options as { decay: number })).toThrow(InvalidArgumentError);
    expect(() => ema(options as { decay: number })).toThrow(`[@st/core] ema: ${message}`);
  });
});

describe('swa', () => {
  it('is the mean of the weights at the ends of its epochs', () => {
    const { classifier, set } = scalars(100, 0);
    const average = averageOf(classifier, swa({ start: 2, every: 2, statistics: 'averaged' }));
    for (let epoch = 1; epoch <= 6; epoch++) {
      for (let step = 0; step < 3; step++) {
        set(10 * epoch + step, epoch);
        average.update(at(epoch, step, 3));
      }
    }
    expect(average.updates).toBe(3);
    const values = new Map(average.entries());
    expectClose(values.get('weights/w') ?? [], [(22 + 42 + 62) / 3]);
    expectClose(values.get('statistics/s') ?? [], [4]);
  });

  it.each<[object, string]>([
    [{ start: 0 }, 'start must be an integer >= 1, got 0.'],
    [{ start: 2, every: 0 }, 'every must be an integer >= 1, got 0.'],
    [{ start: 2, statistics: null }, 'got null. Averaged weights cannot do without'],
  ])('refuses %o', (options, message) => {
    expect(() => swa(options as { start: number })).toThrow(message);
  });
});

describe('WeightAverage', () => {
  it('restores the raw weights if the evaluation throws, and leaks nothing', async () => {
    const { classifier, set } = scalars(0, 0);
    const average = averageOf(classifier, ema({ decay: 0.5 }));
    set(1, 1);
    expect(
      countTensors(() => {
        average.update(at(1));
      }),
    ).toBe(0);
    const before = tf.memory().numTensors;
    await expect(average.during(() => Promise.reject(new Error('no evaluation')))).rejects.toThrow('no evaluation');
    expect(seen(classifier)).toEqual([1, 1]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('throws if there is no average yet', async () => {
    const { classifier } = scalars(1, 1);
    const average = averageOf(classifier, swa({ start: 3 }));
    average.update(at(2));
    await expect(average.during(async () => null)).rejects.toThrow(
      '[@st/core] WeightAverage.during: there is no average yet: no weights have entered it.',
    );
  });

  it('refuses averaged weights without statistics, until they are recomputed', async () => {
    const { classifier, set } = scalars(1, 1);
    const average = averageOf(classifier, ema({ decay: 0.5, warmup: false, statistics: 'recomputed' }));
    set(3, 7);
    average.update(at(1));
    expect(average.hasStatistics).toBe(false);
    expect(average.entries().map(([name]) => name)).toEqual(['weights/w']);
    await expect(average.during(async () => null)).rejects.toThrow(
      "[@st/core] WeightAverage.during: the averaged weights have no running statistics of their own yet: statistics: 'recomputed' needs recompute(...) after the last update.",
    );
    await average.recompute(async () => {
      expect(seen(classifier)[0]).toBe(2);
      set(2, 50);
    });
    expect(seen(classifier)).toEqual([3, 7]);
    expectClose(await average.during(async () => seen(classifier)), [2, 50]);
    average.update(at(1));
    expect(average.hasStatistics).toBe(false);
  });

  it('continues from the restored state of another average', () => {
    const { classifier, set } = scalars(0, 0);
    const averaging = ema({ decay: 0.9 });
    const [whole, first] = [averageOf(classifier, averaging), averageOf(classifier, averaging)];
    set(5, 6);
    for (const average of [whole, first]) average.update(at(1));
    const second = averageOf(classifier, averaging);
    second.restore(new Map(first.entries()), first.updates);
    set(7, 9);
    for (const average of [whole, second]) average.update(at(1));
    const valuesOf = (average: WeightAverage) => average.entries().map(([, value]) => Array.from(value.dataSync()));
    expect(valuesOf(second)).toEqual(valuesOf(whole));
  });
});

describe('recomputeStatistics', () => {
  it('takes the mean of the batch statistics, weighted by batch size, for any momentum of the layer', async () => {
    const model = miniatureModel(); // tfjs-layers' own layers, momentum 0.99
    keep(model);
    const classifier = asClassifier(model);
    const dataset = miniatureDataset({ size: 10 });
    const order = createRng(1).split('order').permutation(10);
    await recomputeStatistics(model, dataset, { batchSize: 4, rng: createRng(1) });
    const expected = tf.tidy(() => {
      const sums = [tf.scalar(0), tf.scalar(0)];
      for (let start = 0; start < 10; start += 4) {
        const indices = order.subarray(start, start + 4);
        const { images } = dataset.batch(indices, createRng(1).split(`batch ${start}`));
        const { mean, variance } = tf.moments(images);
        [mean, variance].forEach((value, i) => {
          sums[i] = tf.add(sums[i] ?? 0, tf.mul(indices.length / 10, value));
        });
      }
      return sums.map((sum) => sum.dataSync()[0] ?? Number.NaN);
    });
    const found = classifier.statistics.map(({ variable }) => variable.dataSync()[0] ?? Number.NaN);
    expectClose(found, expected, 1e-4); // 1 - momentum = 0.01 is computed as a difference of float32 numbers near 1
  });

  it('changes neither weights nor statistics that no pass updates, and leaks nothing', async () => {
    const model = miniatureModel();
    model.getLayer('hidden').trainable = false;
    keep(model);
    const classifier = asClassifier(model);
    const frozen = [...classifier.parameters, ...classifier.statistics].filter(({ name }) => !name.includes('moving'));
    const before = frozen.map(({ variable }) => variable.dataSync().slice());
    await recomputeStatistics(classifier, miniatureDataset(), { batchSize: 25, rng: createRng(1) });
    const tensors = tf.memory().numTensors;
    await recomputeStatistics(classifier, miniatureDataset(), { batchSize: 25, rng: createRng(1) });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(frozen.map(({ variable }) => variable.dataSync())).toEqual(before);
  });

  it('restores the statistics if it is aborted', async () => {
    const model = miniatureModel();
    keep(model);
    const classifier = asClassifier(model);
    const controller = new AbortController();
    const dataset = miniatureDataset();
    const aborting = {
      ...dataset,
      batch: (indices: ArrayLike<number>) => {
        controller.abort(new Error('enough'));
        return dataset.batch(indices);
      },
    };
    const before = classifier.statistics.map(({ variable }) => variable.dataSync().slice());
    const options = { batchSize: 10, rng: createRng(1), signal: controller.signal };
    await expect(recomputeStatistics(classifier, aborting, options)).rejects.toThrow('enough');
    expect(classifier.statistics.map(({ variable }) => variable.dataSync())).toEqual(before);
  });

  it('refuses batches of one image, and a statistic that is a counter', async () => {
    const { classifier } = scalars(1, 1);
    const dataset = { ...miniatureDataset(), classes: 2 };
    await expect(recomputeStatistics(classifier, dataset, { batchSize: 1, rng: createRng(1) })).rejects.toThrow(
      '[@st/core] recomputeStatistics: batchSize must be an integer in [2, 50], got 1.',
    );
    const counter = classifier.statistics[0]?.variable;
    const counting: Classifier = {
      ...classifier,
      logits: (images) => {
        tf.tidy(() => counter?.assign(tf.add(counter, 1)));
        return tf.zeros([images.shape[0], 2]);
      },
    };
    await expect(recomputeStatistics(counting, dataset, { batchSize: 10, rng: createRng(1) })).rejects.toThrow(
      "[@st/core] recomputeStatistics: 's' must be a moving average (1 - m) r + m s of batch statistics, but the share m of a batch is 0.",
    );
    expect(counter?.dataSync()[0]).toBe(1);
  });
});
