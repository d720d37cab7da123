import type { Classifier } from '@st/core';
import type { Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { nanLogits } from '../natural-logits.ts';
import { stackRows } from './stack-rows.ts';

/** The segment between a natural image and its misclassified point. */
type Segment = {
  readonly label: number;
  readonly natural: Float32Array;
  readonly point: Float32Array;
};

type End = { readonly at: Float32Array; readonly margin: number; readonly isWrong: boolean };

/**
 * Searches the segments for misclassified points nearer to the natural images, by the secant method: `steps` times, the point where the margin
 * max_{j != y} z_j - z_y would be 0, if it were linear between the ends, replaces the end of the same prediction. Forward passes: 2 + steps.
 * @returns The misclassified ends, one a segment.
 * @throws {InvalidArgumentError} if logits are NaN.
 * @see Croce and Hein 2020, arXiv 1907.02044, section 2.3, "final search"
 */
export async function fabFinalSearch(
  where: Where,
  classifier: Classifier,
  segments: readonly Segment[],
  { steps, shape }: { readonly steps: number; readonly shape: readonly [number, number, number] },
): Promise<Float32Array[]> {
  const labels = segments.map(({ label }) => label);
  const judge = (points: readonly Float32Array[]): Promise<readonly End[]> =>
    judgeEnds(where, classifier, stackRows(points, shape), labels).then((ends) =>
      points.map((at, i) => ({ at, margin: Number.NaN, isWrong: false, ...ends[i] })),
    );
  const near = [...(await judge(segments.map(({ natural }) => natural)))];
  const far = [...(await judge(segments.map(({ point }) => point)))];
  for (let step = 0; step < steps; step++) {
    const between = await judge(near.map((end, i) => crossing(end, far[i] ?? end)));
    for (const [i, end] of between.entries()) (end.isWrong ? far : near)[i] = end;
  }
  return far.map(({ at }) => at);
}

function crossing(near: End, far: End): Float32Array {
  const part = -near.margin / (far.margin - near.margin);
  const share = part >= 0 && part <= 1 ? part : 1; // margins of 0 at both ends
  return near.at.map((value, i) => value + share * ((far.at[i] ?? 0) - value));
}

/** Evaluates points and disposes them. */
async function judgeEnds(
  where: Where,
  classifier: Classifier,
  points: tf.Tensor4D,
  labels: readonly number[],
): Promise<readonly Omit<End, 'at'>[]> {
  const logits = tf.tidy(() => classifier.logits(points, 'inference'));
  points.dispose();
  let values: ArrayLike<number>;
  try {
    values = await logits.data();
  } finally {
    logits.dispose();
  }
  const { classes } = classifier;
  return labels.map((label, i) => {
    const row = Array.from({ length: classes }, (_, c) => values[i * classes + c] ?? Number.NaN);
    if (row.some(Number.isNaN)) throw nanLogits(where, 'points of the attack');
    const rival = Math.max(...row.filter((_, c) => c !== label));
    return { margin: rival - (row[label] ?? 0), isWrong: row.indexOf(Math.max(...row)) !== label };
  });
}
