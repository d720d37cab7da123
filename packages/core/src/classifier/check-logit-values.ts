import type { Where } from '../errors/check-options.ts';
import { describeValue } from '../errors/describe-value.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { Classifier } from './classifier.ts';

/** Largest difference of the sum of a row of probabilities from 1, for half-precision and quantized models too. */
const SUM_TOLERANCE = 1e-3;

/**
 * Decides from the values of a batch of outputs whether they are probabilities, for functions and models whose structure is unknown. They are if every row
 * is >= 0 and sums to 1, unless every row is constant or one-hot, as returned by toy and untrained models. Does nothing for a classifier that is known to
 * give logits (`Classifier.output`).
 * @param values - Read back, `[batch, classes]`, row by row.
 * @returns `'undecided'` if all rows are constant or one-hot, or there are none.
 * @throws {InvalidArgumentError} for probabilities; the message says what to write.
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

/** Whether some row is neither constant nor one-hot. */
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
