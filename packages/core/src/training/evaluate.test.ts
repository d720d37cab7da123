import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { asClassifier } from '../classifier/as-classifier.ts';
import type { Search } from '../contracts/search.ts';
import type { Dataset } from '../dataset.ts';
import { InvalidArgumentError, ShapeError } from '../errors/errors.ts';
import { type Evaluation, evaluate } from './evaluate.ts';

/** Image i is filled with `values[i]`; its label is `labels[i]`. */
function datasetOf(values: readonly number[], labels: readonly number[]): Dataset {
  return {
    name: 'toy',
    size: values.length,
    classes: 2,
    imageShape: [2, 2, 1],
    batch: (indices) => {
      const chosen = Array.from(indices);
      return {
        images: tf.tidy(() =>
          tf.mul(
            tf.ones([chosen.length, 2, 2, 1]),
            tf.tensor4d(
              chosen.map((i) => values[i] ?? 0),
              [chosen.length, 1, 1, 1],
            ),
          ),
        ),
        labels: tf.tensor1d(
          chosen.map((i) => labels[i] ?? 0),
          'int32',
        ),
      };
    },
  };
}

/** Class 1 if the first pixel is above a half. */
const threshold = asClassifier(
  (images) => {
    const first = tf.sub(tf.slice(images, [0, 0, 0, 0], [-1, 1, 1, 1]), 0.5);
    const column = tf.reshape(first, [images.shape[0], 1]);
    return tf.concat([tf.neg(column), column], 1) as tf.Tensor2D;
  },
  { classes: 2 },
);

const invert: Search<'adversarial'> = (_classifier, { images }) => ({ adversarial: tf.sub(1, images) });

// five of seven natural predictions are right; a mean of batch means would differ for most batch sizes
const toy = datasetOf([0.9, 0.8, 0.1, 0.9, 0.2, 0.7, 0.1], [1, 1, 0, 0, 0, 1, 1]);

describe('evaluate', () => {
  it.each([1, 2, 3, 4, 5, 7, 100])('counts exactly in batches of %i', async (batchSize) => {
    expect(await evaluate(threshold, toy, { batchSize, search: invert })).toEqual({
      natural: { correct: 5, total: 7, accuracy: 5 / 7 },
      adversarial: { correct: 2, total: 7, accuracy: 2 / 7 },
    });
  });

  it('has no adversarial count without an attack', async () => {
    expect((await evaluate(threshold, toy)).adversarial).toBeNull();
  });

  it('evaluates only the first `examples` examples', async () => {
    const { natural } = await evaluate(threshold, toy, { examples: 4, batchSize: 3 });
    expect(natural).toEqual({ correct: 3, total: 4, accuracy: 0.75 });
  });

  it('predicts the lower class at a tie', async () => {
    const { natural } = await evaluate(threshold, datasetOf([0.5, 0.5], [0, 1]));
    expect(natural.correct).toBe(1);
  });

  it('runs the model in inference mode, and gives the attack the same randomness for the same seed', async () => {
    const modes = new Set<string>();
    const draws: number[] = [];
    const spying = asClassifier(
      (images, mode) => {
        modes.add(mode);
        return threshold.logits(images, mode);
      },
      { classes: 2 },
    );
    const search: Search<'adversarial'> = (_c, { images }, rng) => {
      draws.push(rng.next());
      return { adversarial: tf.clone(images) };
    };
    await evaluate(spying, toy, { search, seed: 5, batchSize: 4 });
    await evaluate(spying, toy, { search, seed: 5, batchSize: 4 });
    await evaluate(spying, toy, { search, seed: 6, batchSize: 4 });
    expect([...modes]).toEqual(['inference']);
    expect(draws.slice(0, 2)).toEqual(draws.slice(2, 4));
    expect(draws[0]).not.toBe(draws[1]);
    expect(draws.slice(4)).not.toEqual(draws.slice(0, 2));
  });

  it('reports progress, and stops between batches when aborted', async () => {
    const controller = new AbortController();
    const seen: [Evaluation, number][] = [];
    const run = evaluate(threshold, toy, {
      batchSize: 3,
      signal: controller.signal,
      onProgress: (evaluation, examples) => {
        seen.push([evaluation, examples]);
        if (examples === 6) controller.abort();
      },
    });
    await expect(run).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(seen.map(([{ natural }, examples]) => [natural.correct, natural.total, examples])).toEqual([
      [3, 3, 3],
      [5, 6, 6],
    ]);
  });

  it('leaks no tensor, also if it fails', async () => {
    const before = tf.memory().numTensors;
    await evaluate(threshold, toy, { batchSize: 3, search: invert });
    const nan = asClassifier((images) => tf.fill([images.shape[0], 2], Number.NaN), { classes: 2 });
    await expect(evaluate(nan, toy)).rejects.toThrow();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses NaN logits instead of counting them', async () => {
    const logits = asClassifier(
      (images) => tf.tidy(() => tf.add(threshold.logits(images, 'inference'), tf.tensor2d([[0, Number.NaN]]))),
      { classes: 2 },
    );
    const run = evaluate(logits, toy, { batchSize: 4 });
    await expect(run).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(run).rejects.toThrow(
      '[@st/core] evaluate: logits must not be NaN, got one for class 1 among the natural images 0 to 3.',
    );
  });

  it('refuses a custom classifier that returns fewer rows than images, instead of counting the missing ones', async () => {
    const short = {
      ...threshold,
      logits: (images: tf.Tensor4D) => tf.tidy(() => tf.slice(threshold.logits(images, 'inference'), 0, 3)),
    };
    await expect(evaluate(short as typeof threshold, toy, { batchSize: 4 })).rejects.toThrow(
      '[@st/core] evaluate: logits must not be NaN, got one for class 0 among the natural images 0 to 3.',
    );
  });

  it('refuses an attack that returns other shapes', async () => {
    const search: Search<'adversarial'> = (_c, { images }) => ({ adversarial: tf.slice(images, 0, 1) });
    const run = evaluate(threshold, toy, { search });
    await expect(run).rejects.toBeInstanceOf(ShapeError);
    await expect(run).rejects.toThrow(
      '[@st/core] evaluate: adversarial images of the attack must be float32 [7, 2, 2, 1], got Tensor float32 [1,2,2,1].',
    );
  });

  it.each<[Dataset, object, string]>([
    [datasetOf([], []), {}, "[@st/core] evaluate: the data set must hold at least one example, got 'toy' with 0."],
    [{ ...toy, classes: 3 }, {}, "got 2 outputs for the 3 classes of 'toy'. Build the model with { classes: 3 }."],
    [toy, { batchSize: 0 }, '[@st/core] evaluate: batchSize must be an integer >= 1, got 0.'],
    [toy, { examples: 8 }, '[@st/core] evaluate: examples must be an integer in [1, 7], got 8.'],
    [toy, { batchsize: 1 }, "[@st/core] evaluate: unknown option 'batchsize'; did you mean 'batchSize'?"],
    [toy, { seed: -1 }, 'seed must be an integer in [0, 9007199254740991], got -1.'],
  ])('refuses invalid arguments (%#)', async (dataset, options, message) => {
    await expect(evaluate(threshold, dataset, options)).rejects.toThrow(message);
  });

  it('refuses images of another shape than the model takes', async () => {
    const large = asClassifier((images) => threshold.logits(images, 'inference'), {
      classes: 2,
      imageShape: [32, 32, null],
    });
    const run = evaluate(large, toy);
    await expect(run).rejects.toBeInstanceOf(ShapeError);
    await expect(run).rejects.toThrow("the images must be [32, 32, any] for this model, but 'toy' has [2, 2, 1].");
  });
});
