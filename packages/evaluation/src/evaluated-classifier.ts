import type { Classifier } from '@st/core';
import { checkClassifier, classifierOf, type Where } from '@st/core/kit';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/**
 * Wraps a `LayersModel` as a classifier; returns a classifier unchanged.
 * @throws {InvalidArgumentError} for anything else, with the line of code to write.
 */
export function evaluatedClassifier(where: Where, value: unknown): Classifier {
  return isModel(value) ? classifierOf(value) : checkClassifier(where, value);
}

function isModel(value: unknown): value is LayersModel {
  if (typeof value !== 'object' || value === null || 'logits' in value) return false;
  return 'predict' in value && typeof value.predict === 'function';
}
