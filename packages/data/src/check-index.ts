import { checkNumber, type Dataset, type Where } from '@st/core';

/** @throws {InvalidArgumentError} if the set has no example `index`. */
export function checkIndex(where: Where, dataset: Pick<Dataset, 'name' | 'size'>, index: unknown): void {
  const known = Number.isInteger(index) && (index as number) >= 0 && (index as number) < dataset.size;
  if (known) return; // the usual case, without building the range and hint
  checkNumber(where, 'index', index, {
    min: 0,
    max: dataset.size - 1,
    integer: true,
    hint: `'${dataset.name}' holds ${dataset.size} examples, counted from 0.`,
  });
}
