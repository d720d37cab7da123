import type { Dataset } from './dataset.ts';
import type { Rng } from './rng.ts';

/** Examples that an epoch over `dataset` takes at this batch size: all of them once, unless the set has a plan of its own. */
export function epochExamples({ size, epoch }: Pick<Dataset, 'size' | 'epoch'>, batchSize: number): number {
  return epoch ? epoch.examples(batchSize) : size;
}

/**
 * The examples of one epoch in the order in which batches take them: a uniformly random one, unless the set has a plan of its own.
 * @param rng - Drawn from; the same stream gives the same order.
 */
export function epochOrder({ size, epoch }: Pick<Dataset, 'size' | 'epoch'>, batchSize: number, rng: Rng): Int32Array {
  return epoch ? epoch.order(batchSize, rng) : rng.permutation(size);
}
