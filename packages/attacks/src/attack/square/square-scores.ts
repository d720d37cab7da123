import type { Where } from '@st/core/kit';

import { nanLogits } from '../natural-logits.ts';

/** The loss that Square lowers: the margin z_y - max_{j != y} z_j, or the logarithm of the true class's probability. */
export type SquareLoss = 'margin' | 'cross-entropy';

export const SQUARE_LOSSES: readonly SquareLoss[] = ['margin', 'cross-entropy'];

/** The score of one example's logits. */
type Score = { readonly margin: number; readonly loss: number; readonly wrong: boolean };

/** The scores of the best points, example by example, and their comparison with candidates. Plain numbers: the logits are read once a query. */
export class SquareScores {
  private readonly where: Where;
  private readonly labels: ArrayLike<number>;
  private readonly classes: number;
  private readonly loss: SquareLoss;
  private readonly margins: Float32Array;
  private readonly losses: Float32Array;
  private readonly found: Uint8Array;
  private readonly queries: Int32Array;

  constructor(where: Where, labels: ArrayLike<number>, classes: number, loss: SquareLoss) {
    this.where = where;
    this.labels = labels;
    this.classes = classes;
    this.loss = loss;
    this.margins = new Float32Array(labels.length);
    this.losses = new Float32Array(labels.length);
    this.found = new Uint8Array(labels.length);
    this.queries = new Int32Array(labels.length);
  }

  /** Sets the scores from the logits of the whole batch at the starting points. */
  start(logits: ArrayLike<number>): void {
    for (let example = 0; example < this.labels.length; example++) {
      this.take(example, this.score(logits, example, example));
      this.queries[example] = 1;
    }
  }

  /**
   * Scores the candidates of `examples` by their logits.
   * @returns Whether to keep each: if its loss is lower, or it fools the classifier.
   */
  compare(examples: readonly number[], logits: ArrayLike<number>): boolean[] {
    return examples.map((example, row) => {
      const score = this.score(logits, row, example);
      this.queries[example] = (this.queries[example] ?? 0) + 1;
      // rounded like the stored losses, so that an equal loss is not a lower one
      const better = Math.fround(score.loss) < (this.losses[example] ?? Number.NaN) || score.margin <= 0;
      if (better) this.take(example, score);
      return better;
    });
  }

  /** Replaces the scores of `examples` by those of another pass at their best points; `settled` examples keep theirs. */
  renew(examples: readonly number[], logits: ArrayLike<number>, settled: readonly number[]): void {
    for (const [row, example] of examples.entries()) {
      if (settled.includes(example)) continue;
      this.take(example, this.score(logits, row, example));
      this.queries[example] = (this.queries[example] ?? 0) + 1;
    }
  }

  readonly isFooled = (example: number): boolean => (this.margins[example] ?? Number.NaN) <= 0;

  result(): { readonly margins: Float32Array; readonly found: Uint8Array; readonly queries: Int32Array } {
    return { margins: this.margins, found: this.found, queries: this.queries };
  }

  private take(example: number, { margin, loss, wrong }: Score): void {
    this.margins[example] = margin;
    this.losses[example] = loss;
    this.found[example] = wrong ? 1 : 0;
  }

  private score(logits: ArrayLike<number>, row: number, example: number): Score {
    const label = this.labels[example] ?? Number.NaN;
    const values = Array.from({ length: this.classes }, (_, j) => logits[row * this.classes + j] ?? Number.NaN);
    const largest = Math.max(...values);
    if (Number.isNaN(largest)) throw nanLogits(this.where, 'a point of the search');
    const truth = values[label] ?? Number.NaN;
    const rival = Math.max(...values.filter((_, j) => j !== label));
    const margin = truth === rival ? 0 : truth - rival; // both may be infinite
    const loss = this.loss === 'margin' ? margin : truth - logSumExp(values, largest);
    return {
      margin,
      loss: Number.isNaN(loss) ? Number.POSITIVE_INFINITY : loss,
      wrong: values.indexOf(largest) !== label,
    };
  }
}

function logSumExp(values: readonly number[], largest: number): number {
  return largest + Math.log(values.reduce((sum, value) => sum + Math.exp(value - largest), 0));
}
