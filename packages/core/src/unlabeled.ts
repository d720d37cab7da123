import { checkObject, type Where } from './errors/check-options.ts';
import { InvalidArgumentError } from './errors/errors.ts';

/** The label of an image that has no class. */
export const UNLABELLED = -1;

/** How to train on images without a class. */
export const TRAINING_UNLABELLED =
  'Train on it with an objective that takes unlabelled images, rstTrades({ ... }) of @st/attacks, or give them labels: pseudoLabel(...) of @st/data.';

/** The members of a `Dataset` that say whether it is labelled. */
type MaybeLabelled = { readonly name: string; readonly unlabelled?: boolean };

/**
 * Refuses a set that says that some of its images have no class.
 * @param mend - Ends the message.
 * @throws {InvalidArgumentError} naming the set.
 */
export function checkLabelled(where: Where, dataset: MaybeLabelled, mend: string): void {
  checkObject(where, 'dataset', dataset, ['name', 'size', 'classes']);
  const { name, unlabelled } = dataset;
  if (!unlabelled) return;
  throw new InvalidArgumentError(
    `${where}: every image must have a label, but '${name}' holds images without one. ${mend}`,
    { argument: 'dataset', received: name },
  );
}
