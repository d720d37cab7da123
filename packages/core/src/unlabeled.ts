import { checkObject, type Where } from './errors/check-options.ts';
import { InvalidArgumentError } from './errors/errors.ts';

/** The label of an image that has no class. */
export const UNLABELED = -1;

/** How to train on images without a class. */
export const TRAINING_UNLABELED =
  'Train on it with an objective that takes unlabeled images, rstTradesTraining({ ... }) of @st/attacks, or give them labels: pseudoLabel(...) of @st/data.';

/** The members of a `Dataset` that say whether it is labeled. */
type MaybeLabeled = { readonly name: string; readonly unlabeled?: boolean };

/**
 * Refuses a set that is marked as having images without a class.
 * @param hint - End of the message.
 * @throws {InvalidArgumentError} that names the set.
 */
export function checkLabeled(where: Where, dataset: MaybeLabeled, hint: string): void {
  checkObject(where, 'dataset', dataset, ['name', 'size', 'classes']);
  const { name, unlabeled } = dataset;
  if (!unlabeled) return;
  throw new InvalidArgumentError(
    `${where}: every image must have a label, but '${name}' holds images without one. ${hint}`,
    { argument: 'dataset', received: name },
  );
}
