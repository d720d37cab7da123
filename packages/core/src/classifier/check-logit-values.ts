import type { Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { Classifier } from './classifier.ts';

/** How far a row of probabilities is from summing to 1: half floats and quantised models included. */
const SUM_TOLERANCE = 1e-3;

/**
 * Judges a batch of outputs by their values, for functions and models whose inside is not known: where every row is >= 0 and sums to 1 they
 * are probabilities, unless each is constant or a single 1 among zeros, as toy models and untrained ones return. Does nothing for a
 * classifier that is known to give logits (`Classifier.output`).
 * @param values - Read back, `[batch, classes]` in rows.
 * @returns `'undecided'` for such rows, and no rows.
 * @throws {InvalidArgumentError} for probabilities, with the lines to write.
 */
export function checkLogitValues(
  where: Where,
  { classes, output }: Pick<Classifier, 'classes' | 'output'>,
  values: ArrayLike<number>,
): 'logits' | 'undecided' {
  if (output === 'logits' || !areDistributions(values, classes)) return 'logits';
  if (!hasTellingRow(values, classes)) return 'undecided';
  const row = describeValue(Array.from({ length: classes }, (_, i) => values[i]));
  throw new InvalidArgumentError(
    `${where}: the outputs must be logits, but every row of this batch is >= 0 and sums to 1, the first being ${row}: probabilities. Losses and attacks need what softmax takes: logitsClassifier(model) of a tf.LayersModel; a function must return it; of a tf.GraphModel asClassifier((images) => graph.execute(images, 'THE_NODE_BEFORE_SOFTMAX'), { classes: ${classes} }). If they are logits all the same, say so: asClassifier(f, { classes: ${classes}, output: 'logits' }).`,
    { argument: 'model', received: row },
  );
}

function areDistributions(values: ArrayLike<number>, classes: number): boolean {
  for (let row = 0; row < values.length; row += classes) {
    let sum = 0;
    for (let i = row; i < row + classes; i++) {
      const value = values[i] ?? Number.NaN;
      if (!(value >= 0)) return false;
      sum += value;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE) return false;
  }
  return true;
}

/** A row that is neither constant nor 1 at one class. */
function hasTellingRow(values: ArrayLike<number>, classes: number): boolean {
  for (let row = 0; row < values.length; row += classes) {
    let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = row; i < row + classes; i++) {
      lowest = Math.min(lowest, values[i] ?? Number.NaN);
      highest = Math.max(highest, values[i] ?? Number.NaN);
    }
    if (highest < 1 && highest > lowest) return true;
  }
  return false;
}
