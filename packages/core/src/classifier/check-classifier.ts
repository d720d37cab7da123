import type { Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { isObject, isPromise } from '../errors/kind-of-value.ts';
import type { Classifier } from './classifier.ts';
import { isGraphModel, isLayersModel } from './kind-of-model.ts';

/**
 * Returns `value` if it is a classifier: a result of `asClassifier`, or an object with the same members.
 * @throws {InvalidArgumentError} for anything else; the message says what to write instead.
 */
export function checkClassifier(where: Where, value: unknown): Classifier {
  if (isClassifier(value)) return value;
  throw new InvalidArgumentError(
    `${where}: classifier must be a classifier, got ${describeModel(value)}. ${lineFor(value)}`,
    { argument: 'classifier', received: value },
  );
}

/** Whether a value has the members of a classifier. */
export function isClassifier(value: unknown): value is Classifier {
  return (
    isObject(value) &&
    typeof value.logits === 'function' &&
    typeof value.classes === 'number' &&
    Array.isArray(value.parameters) &&
    Array.isArray(value.statistics) &&
    Array.isArray(value.imageShape)
  );
}

/** Describes a model by its kind, and other values with `describeValue`. */
export function describeModel(value: unknown): string {
  if (isLayersModel(value)) return 'a tf.LayersModel';
  if (isGraphModel(value)) return 'a tf.GraphModel';
  return describeValue(value);
}

function lineFor(value: unknown): string {
  if (isLayersModel(value) || isGraphModel(value)) return 'Make a classifier of the model: asClassifier(model).';
  if (isPromise(value)) return 'Await it first: asClassifier(await tf.loadLayersModel(url)).';
  if (typeof value === 'string') return `Load the model first: asClassifier(await tf.loadLayersModel(url)).`;
  if (typeof value === 'function') return 'Make a classifier of the function: asClassifier(f, { classes: 10 }).';
  return 'Make one of a tf.LayersModel: asClassifier(model).';
}
