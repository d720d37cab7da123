import { type Dataset, InvalidArgumentError } from '@st/core';
import { checkNumber, describeValue, type Where } from '@st/core/kit';

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

/** @throws {InvalidArgumentError} for anything but a list of numbers, plain or typed. */
export function checkIndices(where: Where, indices: unknown): void {
  const isList = Array.isArray(indices) || (ArrayBuffer.isView(indices) && !(indices instanceof DataView));
  if (isList) return;
  throw new InvalidArgumentError(
    `${where}: indices must be a list of numbers, [0, 1, 2] or an Int32Array, got ${describeValue(indices)}.`,
    { argument: 'indices', received: indices },
  );
}
