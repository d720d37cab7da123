import { checkRng } from './check-rng.ts';
import type { Dataset } from './dataset.ts';
import { checkNumber, checkObject } from './errors/check-options.ts';
import type { Rng } from './rng.ts';

const WHERE = '[@st/core] epochOrder';

/** Examples that an epoch over `dataset` takes at this batch size: all of them once, unless the set has a plan of its own. */
export function epochExamples({ size, epoch }: Pick<Dataset, 'size' | 'epoch'>, batchSize: number): number {
  return epoch ? epoch.examples(batchSize) : size;
}

/**
 * The examples of one epoch in the order in which batches take them: a uniformly random one, unless the set has a plan of its own.
 * @param rng - Drawn from; the same stream gives the same order.
 * @throws {InvalidArgumentError} for an argument of another kind.
 */
export function epochOrder(dataset: Pick<Dataset, 'size' | 'epoch'>, batchSize: number, rng: Rng): Int32Array {
  checkObject(WHERE, 'dataset', dataset, ['size', 'epoch']);
  checkNumber(WHERE, 'batchSize', batchSize, { min: 1, integer: true });
  checkRng(WHERE, rng);
  const { size, epoch } = dataset;
  return epoch ? epoch.order(batchSize, rng) : rng.permutation(size);
}
