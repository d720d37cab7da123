import type { LayersModel } from '@tensorflow/tfjs-layers';

import { asClassifier } from './as-classifier.ts';
import { isClassifier } from './check-classifier.ts';
import type { Classifier } from './classifier.ts';

/**
 * Returns a classifier unchanged; converts a model with `asClassifier`.
 * @throws {InvalidArgumentError | ShapeError} as `asClassifier` does.
 */
export function classifierOf(model: Classifier | LayersModel): Classifier {
  return isClassifier(model) ? model : asClassifier(model);
}
