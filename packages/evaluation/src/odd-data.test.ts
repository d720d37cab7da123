import { fgsmAttack, linf } from '@st/attacks';
import { asClassifier, type Dataset, InvalidArgumentError, StError } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { evaluateRobustness } from './evaluate-robustness.ts';
import type { RobustnessReport } from './report/robustness-report.ts';
import { cornerAttack, pgdAttack } from './testing-attacks.fixture.ts';
import { brightness, brightnessClassifier, testingSet, twoLogits } from './testing-set.fixture.ts';

const plain = testingSet([0.05, -0.06, 0.022, -0.07, 0.08, -0.021]);
const ATTACKS = [pgdAttack(), pgdAttack({ name: 'pgd again' }), cornerAttack()];

const evaluate = (dataset: Dataset, classifier = brightnessClassifier): Promise<RobustnessReport> =>
  evaluateRobustness({ classifier, dataset, attacks: ATTACKS, seed: 1 });

/** The data set with its pixels or labels changed. */
function changed(
  pixel: (value: number, place: number) => number,
  label: (value: number, index: number) => number = (value) => value,
): Dataset {
  return {
    ...plain,
    batch: (indices) => {
      const { images, labels } = plain.batch(indices);
      const rows = Array.from(indices);
      const [pixels, classes] = [images.dataSync(), labels.dataSync()];
      const size = pixels.length / rows.length;
      const values = Array.from(pixels, (v, j) => pixel(v, (rows[Math.floor(j / size)] ?? 0) * size + (j % size)));
      const batch = {
        images: tf.tensor4d(values, images.shape),
        labels: tf.tensor1d(
          rows.map((row, i) => label(classes[i] ?? 0, row)),
          'int32',
        ),
      };
      tf.dispose([images, labels]);
      return batch;
    },
  };
}

const codesOf = ({ flags }: RobustnessReport): string[] => flags.map(({ code }) => code);

describe('odd images', () => {
  it('with NaN in one of them raise exactly two flags', async () => {
    const report = await evaluate(changed((value, place) => (place === 8 ? Number.NaN : value)));
    expect(codesOf(report)).toEqual(['inputs-outside-bounds', 'outputs-not-finite']);
    expect(report.flags[0]).toMatchObject({
      severity: 'invalid',
      evidence: { examples: 1, notANumber: 1, lowest: 0, highest: 1 },
    });
    expect(report.flags[0]?.seen).toMatch(/^1 of 6 images; .*; 1 contain NaN\. Find the source of the NaN\.$/);
    expect(report.examples[1]).toMatchObject({ predicted: -1, outcome: 'misclassified' });
    expect(report.robust.correct).toBe((await evaluate(plain)).robust.correct - 1);
  });

  it('that change from one reading to the next, as with augmentation, are rejected', async () => {
    let reading = 0;
    const flickering: Dataset = {
      ...plain,
      batch: (indices) => {
        reading++;
        return changed((value) => value * (1 - 1e-3 * (reading % 2))).batch(indices);
      },
    };
    await expect(evaluate(flickering)).rejects.toThrow(
      "the data set must return the same image for an index every time, got a different one for example 0 of 'offsets'. Evaluate without augmentation.",
    );
  });

  it('with NaN after the probed ones are found, too', async () => {
    const many = testingSet(Array.from({ length: 40 }, (_, i) => (i % 2 ? 0.05 : -0.05)));
    const spoilt: Dataset = {
      ...many,
      batch: (indices) => {
        const { images, labels } = many.batch(indices);
        const withNan = tf.tidy(() => {
          const isLast = tf.tensor4d(
            Array.from(indices, (i) => Number(i === 39)),
            [indices.length, 1, 1, 1],
            'bool',
          );
          return tf.where(isLast, tf.fill<tf.Rank.R4>(images.shape, Number.NaN), images);
        });
        images.dispose();
        return { images: withNan, labels };
      },
    };
    const { flags } = await evaluateRobustness({
      classifier: brightnessClassifier,
      dataset: spoilt,
      attacks: [],
      seed: 1,
    });
    expect(flags.find(({ code }) => code === 'outputs-not-finite')?.seen).toBe('1 of 40 images have NaN logits.');
  });

  it.each([-2.98e-8, 1 + 1.2e-7, -1e-6])('outside [0, 1] by rounding (%d) are accepted and clipped', async (value) => {
    const seen: number[][] = [];
    const watching = asClassifier(
      (images) => {
        seen.push([tf.min(images).dataSync()[0] ?? Number.NaN, tf.max(images).dataSync()[0] ?? Number.NaN]);
        return brightnessClassifier.logits(images, 'inference');
      },
      { classes: 2 },
    );
    // the second channel of the first image: 1 in the set, which no model looks at
    const report = await evaluateRobustness({
      classifier: watching,
      dataset: changed((old, place) => (place % 2 === 1 ? (value < 0.5 ? Math.max(value, old - 1) : value) : old)),
      attacks: [],
      seed: 1,
    });
    expect(codesOf(report)).toEqual([]);
    expect(report.natural.correct).toBe(6);
    for (const [low, high] of seen.slice(0, 2)) {
      expect(low).toBeGreaterThanOrEqual(0);
      expect(high).toBeLessThanOrEqual(1);
    }
    const whole = await evaluate(changed((old, place) => (place === 1 ? 1 + 1.2e-7 : old)));
    expect(codesOf(whole)).toEqual([]);
    expect(whole.robust.correct).toBe((await evaluate(plain)).robust.correct);
  });

  it.each<[string, (value: number) => number, string]>([
    ['0..255', (value) => 255 * value, 'They look like grey levels: divide by 255.'],
    ['0..65535', (value) => 65_535 * value, 'They look like 16-bit grey levels: divide by 65535.'],
    ['[-1, 1]', (value) => 2 * value - 1, 'They look like [-1, 1]: add 1 and divide by 2.'],
    ['[-0.5, 0.5]', (value) => value - 0.5, 'They look like [-0.5, 0.5]: add 0.5.'],
    ['mean and deviation', (value) => (value - 0.5) / 0.1, 'normalize in a layer inside the model instead.'],
  ])(
    'in units of %s raise only the flag with a hint at their units, and are not attacked',
    async (name, scale, hint) => {
      const center = scale(0.5);
      const fitting = asClassifier((images) => twoLogits(brightness(tf.add(tf.sub(images, center), 0.5))), {
        classes: 2,
      });
      const report = await evaluate(changed(scale), fitting);
      expect(codesOf(report)).toEqual(['inputs-outside-bounds']);
      expect(report.flags[0]?.seen).toContain(hint);
      expect(report.natural.correct).toBe(6);
      // in units of [-1, 1] and [-0.5, 0.5], the three bright images happen to lie in [0, 1]
      const inside = name.startsWith('[-') ? 3 : 0;
      expect(report.attacks[0]?.attacked).toBe(inside);
      for (const attack of report.attacks) expect(attack).toMatchObject({ rejected: 0, failed: null });
    },
  );
});

describe('odd labels', () => {
  it.each<[string, (value: number, index: number) => number, string]>([
    [
      'counted from 1',
      (value) => value + 1,
      "labels must be in [0, 2), got 2 for example 0 of 'offsets'. Classes are counted from 0.",
    ],
    [
      'of -1',
      (value, index) => (index === 3 ? -1 : value),
      "got -1 for example 3 of 'offsets'. This value marks an unlabeled image",
    ],
    ['of 1000000', (value, index) => (index === 5 ? 1e6 : value), 'got 1000000 for example 5'],
  ])('%s are rejected', async (_, label, message) => {
    await expect(evaluate(changed((value) => value, label))).rejects.toThrow(message);
    await expect(evaluate(changed((value) => value, label))).rejects.toThrow(InvalidArgumentError);
  });

  it('that contradict each other on one image raise a note', async () => {
    const report = await evaluate(testingSet([0.05, -0.06, 0.05, -0.07], [1, 0, 0, 0]));
    expect(report.flags.filter(({ code }) => code === 'labels-contradict')).toMatchObject([
      { severity: 'note', seen: 'Examples 0 and 2 are the same image, with labels 1 and 0.' },
    ]);
    expect(codesOf(await evaluate(testingSet([0.05, -0.06, 0.05], [1, 0, 1])))).not.toContain('labels-contradict');
  });

  it('that are all equal raise a note', async () => {
    expect(codesOf(await evaluate(testingSet([0.05, 0.06])))).toEqual(['one-class-labelled']);
    expect(codesOf(await evaluate(testingSet([0.05])))).toEqual([]);
  });
});

describe('an invalid data set', () => {
  const batchOf = (change: (batch: { images: tf.Tensor; labels: tf.Tensor }) => object): Dataset => ({
    ...plain,
    batch: (indices) => change(plain.batch(indices)) as never,
  });
  it.each<[string, unknown, string]>([
    ['no object', null, 'dataset must be a data set { name, size, classes, imageShape, batch(indices) }, got null.'],
    ['a promise', Promise.resolve(plain), 'got a promise. Await it first'],
    ['no batch', { ...plain, batch: 3 }, 'dataset must be a data set'],
    ['no size', { ...plain, size: Number.NaN }, 'dataset.size must be an integer >= 0, got NaN.'],
    ['half an example', { ...plain, size: 2.5 }, 'dataset.size must be an integer >= 0, got 2.5.'],
    ['no name', { ...plain, name: undefined }, 'dataset.name must be a string'],
    ['no classes', { ...plain, classes: '2' }, 'dataset must be a data set'],
    ['no shape', { ...plain, imageShape: [2, 2] }, 'dataset.imageShape must be [height, width, channels], got [2, 2].'],
    [
      'more examples than it has',
      {
        ...plain,
        size: 8,
        batch: (indices: ArrayLike<number>) => plain.batch(Array.from(indices).filter((i) => i < 6)),
      },
      'batch must return images [8,2,2,2] and labels [8] for 8 indices',
    ],
    ['another image shape', { ...plain, imageShape: [4, 2, 1] }, 'batch must return images [6,4,2,1]'],
    ['empty batches', batchOf(() => ({})), 'batch must return { images, labels }, two tensors'],
    ['a promise of a batch', { ...plain, batch: async () => plain.batch([0]) }, 'It must be synchronous'],
    [
      'flat images',
      batchOf(({ images, labels }) => ({ images: tf.reshape(images, [-1, 8]), labels })),
      'batch must return images [6,2,2,2]',
    ],
    [
      'images of integers',
      batchOf(({ images, labels }) => ({ images: tf.cast(images, 'int32'), labels })),
      'Divide 8-bit pixels by 255',
    ],
    [
      'labels with fractions',
      batchOf(({ images, labels }) => ({ images, labels: tf.add(tf.cast(labels, 'float32'), 0.5) })),
      'labels int32 [batch], got Tensor float32 [6,2,2,2] and Tensor float32 [6]',
    ],
    [
      'one-hot labels',
      batchOf(({ images, labels }) => ({ images, labels: tf.oneHot(tf.cast(labels, 'int32'), 2) })),
      'labels',
    ],
    [
      'fewer classes than the model',
      { ...plain, classes: 1 },
      'the model must have one output a class of the data set, got 2 outputs for the 1 classes',
    ],
    ['more classes', { ...plain, classes: 3 }, 'got 2 outputs for the 3 classes'],
  ])('(%s) is rejected with an StError', async (_, dataset, message) => {
    const refused = evaluateRobustness({
      classifier: brightnessClassifier,
      dataset: dataset as Dataset,
      attacks: [fgsmAttack({ threat: linf(0.03) })],
      seed: 1,
    });
    const error = await refused.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(StError);
    expect((error as StError).message).toContain(message);
  });
});
