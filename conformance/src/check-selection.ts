import { selectExtremes } from '@st/losses';
import { type Extremes, type OfViews, VIEW_ORDER } from '@st/losses/kit';
import * as tf from '@tensorflow/tfjs-core';

import type { Golden } from './golden.ts';
import { valuesAt } from './images.ts';
import type { Report } from './report.ts';

/** A selection of the extreme views, and the logits it was made from. */
export type Selection = {
  /** Prefix of the file's selections: `b0`. */
  readonly group: string;
  /** Row of the stored selections: the step, or the number of steps for the final selection. */
  readonly row: number;
  readonly logits: OfViews<tf.Tensor2D>;
  readonly labels: tf.Tensor1D;
  /** The selected views. Default: `selectExtremes` of the logits. */
  readonly chosen?: Extremes;
  readonly bound: number;
  /** Suffix of the name of the case. */
  readonly suffix?: string;
};

/**
 * Compares the views selected as upper and lower with the file's, by the true-class probability of the selected views: two views with the same
 * probability up to rounding may be swapped.
 */
export function checkSelection(golden: Golden, report: Report, selection: Selection): void {
  const { group, row, logits, labels, bound, suffix = '' } = selection;
  tf.tidy(() => {
    const chosen = selection.chosen ?? selectExtremes(logits, labels);
    const truth = labels.dataSync();
    const probabilities = VIEW_ORDER.map((view) => {
      const rows = tf.softmax(logits[view]).dataSync();
      const classes = logits[view].shape[1];
      return Array.from(truth, (label, i) => rows[i * classes + label] ?? Number.NaN);
    });
    const of = (view: number, example: number): number => probabilities[view]?.[example] ?? Number.NaN;
    for (const role of ['upper', 'lower'] as const) {
      const name = `${group}/${role}_inds`;
      if (!golden.has(name)) continue;
      const ours = chosen[role].dataSync();
      const theirs = valuesAt(golden, name, row);
      const gaps = Array.from(theirs, (view, i) => Math.abs(of(ours[i] ?? -1, i) - of(view, i)));
      const different = ours.filter((view, i) => view !== theirs[i]).length;
      const note = different === 0 ? '' : `${different} chosen otherwise; by their probability`;
      report.check(`${name}[${row}]${suffix}`, Math.max(...gaps), bound, note);
    }
  });
}
