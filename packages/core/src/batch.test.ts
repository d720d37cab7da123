import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { type CheckBatchValuesOptions, checkBatch, checkBatchValues } from './batch.ts';
import { InvalidArgumentError, ShapeError } from './errors/errors.ts';

/** Runs `check` on a batch of the given tensors, and disposes it. */
function withBatch<T>(images: tf.Tensor, labels: tf.Tensor, check: (batch: Parameters<typeof checkBatch>[1]) => T): T {
  try {
    return check({ images: images as tf.Tensor4D, labels: labels as tf.Tensor1D });
  } finally {
    tf.dispose([images, labels]);
  }
}

const classes = (...values: number[]) => tf.tensor1d(values, 'int32');

describe('checkBatch', () => {
  it('accepts valid images and labels', () => {
    expect(() =>
      withBatch(tf.zeros([2, 3, 3, 1]), classes(0, 1), (batch) => checkBatch('[@st/x] y', batch)),
    ).not.toThrow();
  });

  it.each<[string, () => [tf.Tensor, tf.Tensor], string]>([
    [
      'flat images',
      () => [tf.zeros([2, 9]), classes(0, 1)],
      'images must be float32 [batch, height, width, channels] in [0, 1], got Tensor float32 [2,9].',
    ],
    [
      '8-bit images',
      () => [tf.zeros([2, 3, 3, 1], 'int32'), classes(0, 1)],
      'Divide 8-bit pixels by 255: tf.div(tf.cast(images, "float32"), 255).',
    ],
    [
      'float labels',
      () => [tf.zeros([2, 3, 3, 1]), tf.zeros([2])],
      'labels must be int32 [batch] of class indices, got Tensor float32 [2]. Use tf.tensor1d(values, "int32").',
    ],
    [
      'one-hot labels',
      () => [tf.zeros([2, 3, 3, 1]), tf.zeros([2, 10])],
      'For one-hot labels pass tf.argMax(labels, 1).',
    ],
    [
      'other numbers of labels',
      () => [tf.zeros([2, 3, 3, 1]), classes(0)],
      'images and labels must have the same batch size, got 2 images and 1 labels.',
    ],
  ])('refuses %s', (_title, build, message) => {
    expect(() => withBatch(...build(), (batch) => checkBatch('[@st/x] y', batch))).toThrow(ShapeError);
    expect(() => withBatch(...build(), (batch) => checkBatch('[@st/x] y', batch))).toThrow(`[@st/x] y: `);
    expect(() => withBatch(...build(), (batch) => checkBatch('[@st/x] y', batch))).toThrow(message);
  });

  it('accepts only soft targets of the right shape', () => {
    const check = (targets: tf.Tensor) =>
      withBatch(tf.zeros([2, 3, 3, 1]), classes(0, 1), ({ images, labels }) => {
        try {
          checkBatch('[@st/x] y', { images, labels, targets: targets as tf.Tensor2D });
        } finally {
          targets.dispose();
        }
      });
    expect(() => check(tf.ones([2, 3]))).not.toThrow();
    expect(() => check(tf.ones([3, 3]))).toThrow(ShapeError);
    expect(() => check(tf.ones([2], 'int32'))).toThrow(
      '[@st/x] y: targets must be float32 [2, classes], one distribution per image, got Tensor int32 [2].',
    );
  });

  it('refuses an empty batch', () => {
    const check = () => withBatch(tf.zeros([0, 3, 3, 1]), classes(), (batch) => checkBatch('[@st/x] y', batch));
    expect(check).toThrow(InvalidArgumentError);
    expect(check).toThrow('[@st/x] y: the batch is empty: images have shape [0,3,3,1]. Skip it.');
  });
});

describe('checkBatch of a value that is not a batch', () => {
  const images = () => tf.zeros([2, 3, 3, 1]);
  it.each<[string, () => unknown, string]>([
    ['nothing', () => undefined, 'batch must be { images, labels }, got undefined. Pass both tensors'],
    ['null', () => null, 'batch must be { images, labels }, got null.'],
    [
      'a forgotten await',
      () => Promise.resolve({}),
      'batch must be { images, labels }, got a promise. Await it first.',
    ],
    ['a number', () => 7, 'batch must be { images, labels }, got 7.'],
    ['a path', () => 'cats/', "batch must be { images, labels }, got 'cats/'."],
    ['a tensor', images, 'batch must be { images, labels }, got Tensor float32 [2,3,3,1].'],
    [
      "tfjs's { xs, ys }",
      () => ({ xs: images(), ys: images() }),
      "images must be a tensor, got undefined. Rename tfjs's members: { images: xs, labels: tf.argMax(ys, 1) }.",
    ],
    ['lists', () => ({ images: [[1]], labels: [1] }), 'images must be a tensor, got [[1]]. Pass { images: tf.tensor4d'],
    ['images alone', () => ({ images: images() }), 'labels must be a tensor, got undefined.'],
    [
      'labels that are a promise',
      () => ({ images: images(), labels: Promise.resolve() }),
      'labels must be a tensor, got a promise. Await it first.',
    ],
    [
      'a disposed tensor',
      () => {
        const gone = images();
        gone.dispose();
        return { images: gone, labels: classes(0, 1) };
      },
      'images must be a tensor, got a tensor that is disposed.',
    ],
  ])('refuses %s and says what to write instead', (_title, make, message) => {
    tf.tidy(() => {
      const batch = make() as never;
      expect(() => checkBatch('[@st/x] y', batch)).toThrow(InvalidArgumentError);
      expect(() => checkBatch('[@st/x] y', batch)).toThrow(`[@st/x] y: ${message}`);
    });
  });

  it('checks values on back ends where reads are free: pixels always, labels if it knows the number of classes', () => {
    withBatch(tf.fill([1, 1, 1, 1], -1), classes(0), (batch) =>
      expect(() => checkBatch('[@st/x] y', batch)).toThrow('images must be in [0, 1], got -1'),
    );
    withBatch(tf.zeros([1, 1, 1, 1]), classes(3), (batch) => {
      expect(() => checkBatch('[@st/x] y', batch)).not.toThrow();
      expect(() => checkBatch('[@st/x] y', batch, { classes: 3 })).toThrow('labels must be in [0, 3), got 3');
    });
    const unread = tf.fill([1, 1, 1, 1], -1);
    vi.spyOn(tf.engine(), 'backendName', 'get').mockReturnValue('webgpu');
    withBatch(unread, classes(3), (batch) =>
      expect(() => checkBatch('[@st/x] y', batch, { classes: 3 })).not.toThrow(),
    );
    vi.restoreAllMocks();
  });
});

describe('checkBatchValues', () => {
  async function check(pixels: number[], labels: number[], options?: CheckBatchValuesOptions): Promise<void> {
    const batch = { images: tf.tensor4d(pixels, [pixels.length, 1, 1, 1]), labels: classes(...labels) };
    try {
      await checkBatchValues('[@st/x] y', batch, 3, options);
    } finally {
      tf.dispose(batch);
    }
  }

  it('accepts the ends of the ranges, and values less than 1e-6 beyond them', async () => {
    await expect(check([0, 1], [0, 2])).resolves.toBeUndefined();
    await expect(check([-2.98e-8, 1 + 2 ** -21, -9e-7], [0, 2, 1])).resolves.toBeUndefined();
  });

  it.each<[number[], number[], string]>([
    [[0, Number.NaN], [0, 0], 'images must be in [0, 1], got NaN at flat index 1. Find where the NaN comes from.'],
    [
      [-0.5],
      [0],
      'images must be in [0, 1], got -0.5 at flat index 0. They span [-0.5, -0.5]: bring [-1, 1] to [0, 1], tf.div(tf.add(images, 1), 2), and scale back inside the model: layers.rescaling({ scale: 2, offset: -1 }).',
    ],
    [
      [0.5, 255],
      [0, 0],
      'images must be in [0, 1], got 255 at flat index 1. They span [0.5, 255]: divide 8-bit pixels by 255, tf.div(images, 255).',
    ],
    [[0.5, 2.5, -2], [0, 0, 0], 'They span [-2, 2.5]: keep mean/std normalization inside the model'],
    [[1 + 2e-6], [0], 'images must be in [0, 1], got 1.00000'],
    [[0.5, Number.POSITIVE_INFINITY], [0, 0], 'got Infinity at flat index 1. Find where the Infinity comes from'],
    [
      [0, 0],
      [0, 3],
      'labels must be in [0, 3), got 3 at index 1. Classes are counted from 0; is the model made for 3 classes?',
    ],
    [[0], [-2], 'labels must be in [0, 3), got -2 at index 0. Classes are counted from 0;'],
    [
      [0, 0],
      [2, -1],
      'labels must be in [0, 3), got -1 at index 1. It stands for an image without a class. Train on it with an objective that takes unlabeled images, rstTradesTraining({ ... })',
    ],
  ])('refuses invalid values (%#)', async (pixels, labels, message) => {
    await expect(check(pixels, labels)).rejects.toBeInstanceOf(InvalidArgumentError);
    await expect(check(pixels, labels)).rejects.toThrow(message);
    await expect(check(pixels, labels)).rejects.toThrow(/^\[@st\/x\] y: (images|labels) must be in/);
  });

  it('accepts images without a class if the objective takes them, but no other label outside [0, classes)', async () => {
    await expect(check([0, 1], [-1, 2], { takesUnlabeled: true })).resolves.toBeUndefined();
    await expect(check([0, 1], [-1, -2], { takesUnlabeled: true })).rejects.toThrow('got -2 at index 1.');
    await expect(check([0, 1], [-1, 3], { takesUnlabeled: true })).rejects.toThrow('got 3 at index 1.');
  });

  it('accepts targets that are distributions, and refuses others', async () => {
    const checkTargets = async (rows: number[][]): Promise<void> => {
      const batch = {
        images: tf.zeros<tf.Rank.R4>([rows.length, 1, 1, 1]),
        labels: classes(...rows.map(() => 0)),
        targets: tf.tensor2d(rows),
      };
      try {
        await checkBatchValues('[@st/x] y', batch, 3);
      } finally {
        tf.dispose(batch);
      }
    };
    await expect(checkTargets([[0.3, 0.7, 0]])).resolves.toBeUndefined();
    await expect(
      checkTargets([
        [1, 0, 0],
        [0.5, 0.25, 0],
      ]),
    ).rejects.toThrow('each row of targets must hold shares >= 0 that sum to 1, got [0.5, 0.25, 0] in row 1.');
    await expect(checkTargets([[1.5, -0.5, 0]])).rejects.toThrow('in row 0.');
    await expect(checkTargets([[1, 0]])).rejects.toThrow('targets must have one column for each of 3 classes, got 2.');
  });
});
