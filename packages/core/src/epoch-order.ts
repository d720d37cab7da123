import { checkRng } from './check-rng.ts';
import type { Dataset } from './dataset.ts';
import { checkNumber, checkObject } from './errors/check-options.ts';
import type { Rng } from './rng.ts';

const WHERE = '[@st/core] epochOrder';

/** Number of examples of an epoch over `dataset` at this batch size: each once, unless the set has an epoch plan. */
export function epochExamples({ size, epoch }: Pick<Dataset, 'size' | 'epoch'>, batchSize: number): number {
  return epoch ? epoch.examples(batchSize) : size;
}

/**
 * The indices of the examples of one epoch in batch order: uniformly random, unless the set has an epoch plan.
 * @param rng - The stream to draw from; the same stream gives the same order.
 * @throws {InvalidArgumentError} for an argument of the wrong type.
 */
export function epochOrder(dataset: Pick<Dataset, 'size' | 'epoch'>, batchSize: number, rng: Rng): Int32Array {
  checkObject(WHERE, 'dataset', dataset, ['size', 'epoch']);
  checkNumber(WHERE, 'batchSize', batchSize, { min: 1, integer: true });
  checkRng(WHERE, rng);
  const { size, epoch } = dataset;
  return epoch ? epoch.order(batchSize, rng) : rng.permutation(size);
}
