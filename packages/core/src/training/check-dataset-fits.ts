import { checkDataset } from '../check-dataset.ts';
import { checkClassifier } from '../classifier/check-classifier.ts';
import type { Classifier } from '../classifier/classifier.ts';
import type { Dataset } from '../dataset.ts';
import type { Where } from '../errors/check-options.ts';
import { InvalidArgumentError, ShapeError } from '../errors/errors.ts';

/**
 * Checks that the image shape and the class count of a data set fit the classifier.
 * @throws {InvalidArgumentError} if the set is empty or has another number of classes.
 * @throws {ShapeError} if its images have another shape.
 */
export function checkDatasetFits(where: Where, classifier: Classifier, dataset: Dataset): void {
  const { classes, imageShape } = checkClassifier(where, classifier);
  const { name, size } = checkDataset(where, 'dataset', dataset);
  if (size < 1) {
    throw new InvalidArgumentError(
      `${where}: the data set must hold at least one example, got '${name}' with ${size}.`,
      { argument: 'dataset', received: size },
    );
  }
  if (dataset.classes !== classes) {
    throw new InvalidArgumentError(
      `${where}: the model must have one output a class of the data set, got ${classes} outputs for the ${dataset.classes} classes of '${name}'. Build the model with { classes: ${dataset.classes} }.`,
      { argument: 'dataset', received: dataset.classes },
    );
  }
  if (imageShape.some((length, i) => length !== null && length !== dataset.imageShape[i])) {
    throw new ShapeError(
      `${where}: the images must be [${imageShape.map((length) => length ?? 'any').join(', ')}] for this model, but '${name}' has [${dataset.imageShape.join(', ')}].`,
      { argument: 'dataset', received: dataset.imageShape },
    );
  }
}
