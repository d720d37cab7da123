import { miniatureDataset, miniatureModel } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { Objective } from '../contracts/objective.ts';
import type { Dataset } from '../dataset.ts';
import { InvalidArgumentError, StError } from '../errors/errors.ts';
import { fit } from './fit.ts';
import { disposeMade, made, run } from './fit-in-memory.fixture.ts';
import { noiseObjective } from './noise-objective.fixture.ts';

afterEach(disposeMade);

/** The miniature set with a change of its batches. */
function changed(
  images: (x: tf.Tensor4D, indices: ArrayLike<number>) => tf.Tensor,
  labels = (y: tf.Tensor1D): tf.Tensor => y,
): Dataset {
  const whole = miniatureDataset();
  return {
    ...whole,
    batch: (indices, rng) =>
      tf.tidy(() => {
        const batch = whole.batch(indices, rng);
        return { images: images(batch.images, indices) as tf.Tensor4D, labels: labels(batch.labels) as tf.Tensor1D };
      }),
  };
}

describe('fit refuses, and says what to write instead of', () => {
  it.each<[string, () => unknown, string]>([
    [
      'tensors',
      () => tf.zeros([3, 4, 4, 1]),
      'train must be a data set { name, size, classes, imageShape, batch(indices) }, got Tensor float32 [3,4,4,1]. Tensors occupy device memory',
    ],
    ['{ xs, ys }', () => ({ xs: 1, ys: 2 }), 'Write arrayDataset({'],
    [
      'a tf.data set',
      () => ({ forEachAsync: () => 1, iterator: () => 1, size: null }),
      'A tf.data.Dataset is a stream without length',
    ],
    ['a forgotten await', () => Promise.resolve(), 'Await it first: const { train } = await cifar10().'],
    [
      'all sets at once',
      () => ({ train: miniatureDataset(), test: miniatureDataset() }),
      'Pass one of its sets, such as sets.train',
    ],
    ['a path', () => 'data/', 'Read the files first: await imageFolder('],
  ])('%s for the data', async (_title, make, message) => {
    const train = make();
    await expect(run({}, { train: train as Dataset })).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(run({}, { train: train as Dataset })).rejects.toThrow(message);
    if (train instanceof tf.Tensor) train.dispose();
  });

  it.each<[string, object, string]>([
    ['no objective', { objective: undefined }, 'objective must be an objective, got undefined.'],
    [
      'a loss alone',
      { objective: () => 1 },
      'A loss or a search alone is not an objective: combine them with objective({ search, loss })',
    ],
    ['no optimizer', { optimizer: undefined }, 'optimizer must be an optimizer, got undefined. Make one: new SGD('],
    ['a string for an optimizer', { optimizer: 'adam' }, "got 'adam'."],
    ['tensors for validation', { validation: {} }, 'validation must be a data set'],
    ['null for evaluation', { evaluation: null }, 'evaluation: options must be an object, got null.'],
    ['an invalid search', { evaluation: { search: {} } }, 'evaluation: search must be a function, got an object'],
    ['averaging that is a number', { averaging: 0.99 }, 'averaging must be an averaging, got 0.99.'],
    ['a signal that is a controller', { signal: new AbortController() }, 'signal must be an AbortSignal'],
  ])('%s', async (_title, options, message) => {
    await expect(run(options as never)).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(run(options as never)).rejects.toThrow(message);
  });

  it('missing options, and values that are not a model', async () => {
    const model = miniatureModel();
    made.push(model);
    await expect(fit(model, miniatureDataset(), undefined as never)).rejects.toThrow(
      'fit: options must be an object, got undefined.',
    );
    const options = { objective: noiseObjective, optimizer: tf.train.sgd(0.1), epochs: 1, batchSize: 16, seed: 1 };
    made.push(options.optimizer);
    await expect(fit(model, undefined as never, options)).rejects.toThrow('train must be a data set');
    await expect(fit(model, miniatureDataset(), { ...options, onEvent: 'log' as never })).rejects.toThrow(
      "onEvent must be a function (event) => ..., got 'log'.",
    );
    for (const wrong of [undefined, null, 'model.json', Promise.resolve(model), 7, {}]) {
      await expect(fit(wrong as never, miniatureDataset(), {} as never)).rejects.toBeInstanceOf(StError);
    }
  });
});

describe('fit checks the values of', () => {
  it.each<[string, Dataset, string]>([
    ['[-1, 1]', changed((x) => tf.sub(tf.mul(x, 2), 1)), 'tf.div(tf.add(images, 1), 2)'],
    ['0 to 255', changed((x) => tf.mul(x, 255)), 'divide 8-bit pixels by 255'],
    ['whole numbers', changed((x) => tf.cast(tf.mul(x, 255), 'int32')), 'images must be float32'],
    [
      'labels as floats',
      changed(
        (x) => x,
        (y) => tf.cast(y, 'float32'),
      ),
      'labels must be int32 [batch] of class indices',
    ],
    [
      'labels from 1',
      changed(
        (x) => x,
        (y) => tf.add(y, tf.scalar(1, 'int32')),
      ),
      'labels must be in [0, 3), got 3',
    ],
    [
      'one-hot labels',
      changed(
        (x) => x,
        (y) => tf.oneHot(y, 3),
      ),
      'For one-hot labels pass tf.argMax(labels, 1).',
    ],
  ])('its first batch: %s', async (_title, train, message) => {
    await expect(run({}, { train })).rejects.toBeInstanceOf(StError);
    await expect(run({}, { train })).rejects.toThrow(message);
  });

  it('every batch of the first epoch: it finds a single NaN pixel before training on it', async () => {
    const train = changed((x, indices) => {
      const at = Array.from(indices).indexOf(7);
      if (at < 0) return x;
      const mask = tf.oneHot(tf.tensor1d([at], 'int32'), indices.length);
      return tf.add(x, tf.reshape(tf.where(tf.cast(mask, 'bool'), Number.NaN, 0), [-1, 1, 1, 1]));
    });
    await expect(run({}, { train })).rejects.toThrow(/images must be in \[0, 1\], got NaN/);
  });

  it('pixels, with a tolerance of 1e-6', async () => {
    const train = changed((x) => tf.sub(tf.mul(x, 1 - 1e-7), 5e-7));
    expect((await run({ epochs: 1 }, { train })).result.status).toBe('finished');
  });
});

describe('fit ends a diverging run', () => {
  const breaking = (name: string, at: number): Objective => {
    let calls = 0;
    return {
      ...noiseObjective,
      loss: (classifier, examples) => {
        const terms = noiseObjective.loss(classifier, examples);
        if (++calls < at) return terms;
        return tf.tidy(() => ({
          ...terms,
          [name]: tf.mul(terms[name] ?? terms.total, Number.NaN),
          total: tf.mul(terms.total, Number.NaN),
        }));
      },
    };
  };

  it('and names the first term and the weights that are not finite', async () => {
    const failing = run({ objective: breaking('noisy', 3) });
    await expect(failing).rejects.toThrow(
      "the loss must be finite, got noisy = NaN at epoch 1, step 3. Not finite after the update: 'weights/norm/gamma' (NaN)",
    );
    await expect(failing).rejects.toThrow('and 3 more');
  });

  it('also if only the weights show it, after the last update of an epoch', async () => {
    const breaks: Objective = {
      ...noiseObjective,
      wrapUpdate: (classifier, _examples, update) => {
        const result = update();
        const last = classifier.parameters.at(-1)?.variable;
        if (last) tf.tidy(() => last.assign(tf.fill(last.shape, Number.POSITIVE_INFINITY)));
        return result;
      },
    };
    const alone = run({ objective: breaks, steps: 1 }, { validated: false });
    await expect(alone).rejects.toThrow(
      "the weights must be finite, got Infinity in 'weights/logits/bias' at epoch 1, step 1.",
    );
  });
});
