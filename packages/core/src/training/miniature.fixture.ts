import * as tf from '@tensorflow/tfjs-core';
import { initializers, type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';

import type { Batch } from '../batch.ts';
import type { LossTerms } from '../contracts/loss.ts';
import type { Objective } from '../contracts/objective.ts';
import type { Search } from '../contracts/search.ts';
import type { Examples } from '../contracts/view.ts';
import type { Dataset } from '../dataset.ts';
import { createRng } from '../rng.ts';

/** The smallest complete training, for the tests of the loop, in process and in a killed child process. */
const SIDE = 4;
const CLASSES = 3;

/** Gray images with noise, in which every third pixel is brighter; the class decides which. Augmentation shifts the brightness. */
export function miniatureDataset(options: { size?: number; seed?: number; name?: string } = {}): Dataset {
  const { size = 50, seed = 1, name = 'miniature' } = options;
  const rng = createRng(seed);
  const pixels = Array.from({ length: size }, (_, i) =>
    Float32Array.from({ length: SIDE * SIDE }, (_, p) => (p % CLASSES === i % CLASSES ? 0.4 : 0.2) + 0.4 * rng.next()),
  );
  return {
    name,
    size,
    classes: CLASSES,
    imageShape: [SIDE, SIDE, 1],
    batch: (indices, augmentation) => {
      const chosen = Array.from(indices);
      const shift = augmentation ? 0.1 * augmentation.next() : 0;
      const values = chosen.flatMap((i) => Array.from(pixels[i] ?? [], (value) => value + shift));
      return {
        images: tf.tensor4d(values, [chosen.length, SIDE, SIDE, 1]),
        labels: tf.tensor1d(
          chosen.map((i) => i % CLASSES),
          'int32',
        ),
      };
    },
  };
}

/** tfjs-layers' batch norm and two dense layers, with names and seeded weights. */
export function miniatureModel(options: { hidden?: number; classes?: number } = {}): LayersModel {
  const { hidden = 8, classes = CLASSES } = options;
  const kernel = (seed: number) => initializers.glorotUniform({ seed });
  return sequential({
    layers: [
      layers.batchNormalization({ name: 'norm', inputShape: [SIDE, SIDE, 1] }),
      layers.flatten({ name: 'flat' }),
      layers.dense({ name: 'hidden', units: hidden, activation: 'tanh', kernelInitializer: kernel(1) }),
      layers.dense({ name: 'logits', units: classes, kernelInitializer: kernel(2) }),
    ],
  });
}

/** Adds noise: a weak attack, but a good test of random streams. */
export const noiseSearch: Search<'adversarial'> = (_classifier, { images }, rng) =>
  tf.tidy(() => ({
    adversarial: tf.clipByValue(tf.add<tf.Tensor4D>(images, rng.normal(images.shape, 0, 0.05)), 0, 1),
  }));

/** Cross-entropy on natural and noisy images, with two batch-norm modes. */
export const noiseObjective: Objective = {
  search: (classifier, batch: Batch, rng): Examples => ({
    labels: tf.clone(batch.labels),
    views: { natural: tf.clone(batch.images), ...noiseSearch(classifier, batch, rng) },
  }),
  loss: (classifier, { labels, views }): LossTerms =>
    tf.tidy(() => {
      const natural = crossEntropy(classifier.logits(views.natural, 'batch-tracking'), labels);
      const noisy = crossEntropy(classifier.logits(views.adversarial ?? views.natural, 'batch-frozen'), labels);
      return { natural, noisy, total: tf.add(natural, noisy) };
    }),
  wrapUpdate: (_classifier, _examples, update) => update(),
};

function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const target = tf.oneHot(labels, logits.shape[1]);
  return tf.neg(tf.mean<tf.Scalar>(tf.sum(tf.mul(target, tf.logSoftmax(logits)), 1)));
}
