import * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../batch.ts';
import type { LossTerms } from '../contracts/loss.ts';
import type { Objective } from '../contracts/objective.ts';
import type { Search } from '../contracts/search.ts';
import type { Examples } from '../contracts/view.ts';

/** Adds noise, which is a poor attack and a good test of random streams. */
export const noiseSearch: Search<'adversarial'> = (_classifier, { images }, rng) =>
  tf.tidy(() => ({
    adversarial: tf.clipByValue(tf.add<tf.Tensor4D>(images, rng.normal(images.shape, 0, 0.05)), 0, 1),
  }));

/** Cross-entropy on natural and noisy images, through two batch-norm modes. */
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
