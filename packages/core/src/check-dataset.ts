import type { Dataset } from './dataset.ts';
import type { Where } from './errors/check-options.ts';
import { describeValue } from './errors/describe-value.ts';
import { InvalidArgumentError } from './errors/errors.ts';
import { isObject, isPromise } from './errors/kind-of-value.ts';

const LINE = "arrayDataset({ name: 'mine', pixels, labels, imageShape: [32, 32, 3], classes: 10 }) of @st/data";

/**
 * Returns `value` if it has the members of a data set; `checkDatasetFits` checks whether it fits a classifier.
 * @throws {InvalidArgumentError} for anything else; the message says what to write instead.
 */
export function checkDataset(where: Where, argument: string, value: unknown): Dataset {
  if (isDataset(value)) return value;
  throw new InvalidArgumentError(
    `${where}: ${argument} must be a data set { name, size, classes, imageShape, batch(indices) }, got ${describeValue(value)}. ${lineFor(value)}`,
    { argument, received: value },
  );
}

function isDataset(value: unknown): value is Dataset {
  return (
    isObject(value) &&
    typeof value.batch === 'function' &&
    typeof value.size === 'number' &&
    typeof value.classes === 'number' &&
    Array.isArray(value.imageShape)
  );
}

function lineFor(value: unknown): string {
  if (isPromise(value)) return 'Await it first: const { train } = await cifar10().';
  if (typeof value === 'string')
    return 'Read the files first: await imageFolder({ dir: path }) or await npzDataset({ file: path, classes: 10 }) of @st/data.';
  if (isObject(value) && typeof value.forEachAsync === 'function') {
    return `A tf.data.Dataset is a stream without length and random access. Collect it with await set.toArray(), and write ${LINE}.`;
  }
  if (isObject(value) && ('train' in value || 'test' in value)) return 'Pass one of its sets, such as sets.train.';
  if (isObject(value) && ('dtype' in value || 'xs' in value || 'images' in value)) {
    return `Tensors occupy device memory for the whole run; a data set creates one batch at a time. Write ${LINE}, with pixels = await images.data().`;
  }
  return `Write ${LINE}.`;
}
