import type { LayersModel } from '@tensorflow/tfjs-layers';

import { asClassifier } from './as-classifier.ts';
import type { Classifier } from './classifier.ts';

/** A classifier as it is; a model through `asClassifier`. */
export function classifierOf(model: Classifier | LayersModel): Classifier {
  return 'logits' in model ? model : asClassifier(model);
}
