import { type Batch, type Dataset, InvalidArgumentError, type Rng } from '@st/core';
import { checkDataset, checkLabeled, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkList } from './check-list.ts';
import type { Mixing, MixingDraw } from './mixing.ts';

const WHERE: Where = '[@st/data] mixed';

/**
 * `dataset` with each image of a batch mixed with another one of the batch, by a random permutation. Batches then carry
 * soft labels (`targets`), and as `labels` the class with the larger share; a loss that cannot use soft labels rejects them. Each batch uses one
 * of the mixings, all equally likely. Without a generator batches are those of `dataset`.
 *
 * It works on batches, after every augmentation of single images, so it comes last: the result is no `ImageDataset`.
 * @throws {InvalidArgumentError} if there is no mixing, or some images have no label to mix.
 * @example
 * const train = mixed(augmented(set, CIFAR10_AUGMENTATION), [cutMix({ alpha: 1, probability: 0.5 })]);
 */
export function mixed(dataset: Dataset, mixings: readonly Mixing[]): Dataset {
  checkDataset(WHERE, 'dataset', dataset);
  checkList(WHERE, 'mixings', mixings, { method: 'draw', line: '[mixUp({ alpha: 1 })]' });
  if (mixings.length === 0) {
    throw new InvalidArgumentError(
      `${WHERE}: mixings must hold at least one, such as mixUp({ alpha: 1 }), got none. Use the set itself to mix nothing.`,
      { argument: 'mixings', received: mixings },
    );
  }
  checkLabeled(WHERE, dataset, 'Mix the labelled images alone, or give the others labels: pseudoLabel(...).');
  const { name, size, classes, classNames, imageShape, epoch } = dataset;
  return {
    name: `${name}, ${mixings.map((mixing) => mixing.name).join(' or ')}`,
    size,
    classes,
    imageShape,
    ...(classNames && { classNames }),
    ...(epoch && { epoch }),
    batch: (indices, rng) => {
      const batch = dataset.batch(indices, rng);
      return rng === undefined || batch.labels.size === 0
        ? batch
        : mixBatch(batch, dataset, mixings, rng.split('mixing'));
    },
  };
}

function mixBatch(batch: Batch, { classes, imageShape }: Dataset, mixings: readonly Mixing[], rng: Rng): Batch {
  try {
    return tf.tidy(() => {
      const draw = mixings[rng.integer(mixings.length)]?.draw(imageShape, rng.split('draw'));
      const own = batch.targets ?? oneHot(batch.labels, classes);
      if (!draw) return { images: tf.clone(batch.images), labels: tf.clone(batch.labels), targets: tf.clone(own) };
      const partners = tf.tensor1d(rng.permutation(batch.labels.size), 'int32');
      return mixWith(batch.images, own, partners, draw);
    });
  } finally {
    tf.dispose(batch);
  }
}

function mixWith(
  images: tf.Tensor4D,
  targets: tf.Tensor2D,
  partners: tf.Tensor1D,
  { own, share }: MixingDraw,
): Required<Batch> {
  const partnerTargets = tf.gather(targets, partners);
  const mixedTargets: tf.Tensor2D = tf.add(tf.mul(share, targets), tf.mul(1 - share, partnerTargets));
  const labels: tf.Tensor1D = tf.argMax(mixedTargets, 1);
  const blended: tf.Tensor4D = tf.add(tf.mul(own, images), tf.mul(tf.sub(1, own), tf.gather(images, partners)));
  // clipped, because the shares' float32 sum may be 1 + 1e-7
  return { images: tf.clipByValue(blended, 0, 1), labels, targets: mixedTargets };
}

function oneHot(labels: tf.Tensor1D, classes: number): tf.Tensor2D {
  // On wasm (4.22), oneHot with dtype 'float32' returns a tensor of that dtype with the bits of int32: cast instead.
  return tf.cast<tf.Tensor2D>(tf.oneHot(labels, classes) as tf.Tensor2D, 'float32');
}
