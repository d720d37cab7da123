import type { LayersModel } from '@tensorflow/tfjs-layers';

import { asClassifier } from './as-classifier.ts';
import { isClassifier } from './check-classifier.ts';
import type { Classifier } from './classifier.ts';

/**
 * A classifier as it is; a model through `asClassifier`.
 * @throws {InvalidArgumentError | ShapeError} as `asClassifier` does.
 */
export function classifierOf(model: Classifier | LayersModel): Classifier {
  return isClassifier(model) ? model : asClassifier(model);
}
