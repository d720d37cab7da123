import type { Batch, Dataset, Rng } from '@st/core';
import {
  checkDataset,
  checkKind,
  checkKnownOptions,
  checkNumber,
  checkRng,
  epochOrder,
  type Where,
} from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

const WHERE: Where = '[@st/data] batches';

export type BatchesOptions = {
  readonly batchSize: number;
  /** Shuffles the examples and drives the set's augmentation. Without it examples come in order and as stored. */
  readonly rng?: Rng;
  /** Leaves out a last batch that is smaller than the others. Default: false. */
  readonly dropLast?: boolean;
};

/**
 * Goes through a data set once, batch by batch; with `rng`, through one epoch as the set defines it. A batch is disposed when the next one is requested and
 * when the loop ends, also by `break` or an error. Copy what you need for longer with `tf.clone`.
 *
 * Order and augmentation come from `rng.split(...)`, so the same stream always gives the same batches, even if numbers were drawn from it before.
 * @throws {InvalidArgumentError} for a batch size that is no positive integer, or another option of the wrong type.
 * @example
 * for (const batch of batches(train, { batchSize: 128, rng: rng.split('epoch 3') })) step(batch);
 */
export function batches(dataset: Dataset, options: BatchesOptions): Generator<Batch, void, void> {
  checkDataset(WHERE, 'dataset', dataset);
  checkKnownOptions(WHERE, options, ['batchSize', 'rng', 'dropLast']);
  checkNumber(WHERE, 'batchSize', options.batchSize, { min: 1, integer: true });
  if (options.dropLast !== undefined) checkKind(WHERE, 'dropLast', options.dropLast, 'switch');
  if (options.rng !== undefined) checkRng(WHERE, options.rng, 'pass it as rng');
  return generate(dataset, options);
}

function* generate(dataset: Dataset, { batchSize, rng, dropLast }: BatchesOptions): Generator<Batch, void, void> {
  const order = rng
    ? epochOrder(dataset, batchSize, rng.split('order'))
    : Int32Array.from({ length: dataset.size }, (_, i) => i);
  const end = dropLast ? order.length - (order.length % batchSize) : order.length;
  for (let start = 0; start < end; start += batchSize) {
    const indices = order.subarray(start, Math.min(start + batchSize, end));
    const batch = dataset.batch(indices, rng?.split(`batch ${start / batchSize}`));
    try {
      yield batch;
    } finally {
      tf.dispose(batch);
    }
  }
}
