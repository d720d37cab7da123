import type { Classifier, ThreatModel } from '@st/core';
import type { Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { nanLogits } from '../natural-logits.ts';
import { boundaryLines } from './nearest-boundary.ts';
import { stackRows } from './stack-rows.ts';

/** One evaluation on the device. */
export type FabQuestion = {
  readonly where: Where;
  readonly threat: ThreatModel;
  readonly classifier: Classifier;
  /** `[height, width, channels]`. */
  readonly shape: readonly [number, number, number];
  readonly asked: readonly AskedExample[];
  /** `'line'`: the nearest boundaries at the points; `'class'`: whether the points are misclassified; `'both'`: first `'class'`, then `'line'`. */
  readonly of: 'line' | 'class' | 'both';
  /** For `'both'`: boundaries of misclassified points are taken this part of the way from the natural image. */
  readonly beta: number;
};

type AskedExample = {
  readonly label: number;
  /** The classes whose boundaries are searched, equally many for every example. */
  readonly rivals: readonly number[];
  readonly natural: Float32Array;
  readonly point: Float32Array;
};

export type FabReading = {
  /** False if it was not evaluated. */
  readonly isWrong: boolean;
  /** grad(z_r - z_y) of the nearest boundary; empty if it was not evaluated. */
  readonly normal: Float32Array;
  /** z_r - z_y there. */
  readonly difference: number;
  /** Whether a gradient had entries that are not finite. */
  readonly gradientNotFinite: boolean;
};

/**
 * Evaluates the model for all examples at once, and reads the device once.
 * @throws {InvalidArgumentError} if logits are NaN.
 */
export async function readFab(question: FabQuestion): Promise<readonly FabReading[]> {
  const { where, shape, asked, of } = question;
  const [height, width, channels] = shape;
  const size = height * width * channels;
  const answer = tf.tidy(() => answerOf(question));
  let values: Float32Array;
  try {
    values = (await answer.data()) as Float32Array;
  } finally {
    answer.dispose();
  }
  const columns = answer.shape[1];
  if (asked.some((_, i) => Number.isNaN(values[i * columns]))) throw nanLogits(where, 'points of the attack');
  return asked.map((_, i) => {
    const row = values.subarray(i * columns, (i + 1) * columns);
    const normal = of === 'class' ? row.subarray(0, 0) : row.subarray(VERDICTS, VERDICTS + size);
    const gradientNotFinite = (row[VERDICTS + size + 2] ?? 0) > 0; // after the difference and the distance
    return { isWrong: row[0] === 1, normal, difference: row[VERDICTS + size] ?? Number.NaN, gradientNotFinite };
  });
}

/** Columns before the boundary: 1 if the point is misclassified, else 0; NaN if a logit is. */
const VERDICTS = 1;

function answerOf({ threat, classifier, shape, asked, of, beta }: FabQuestion): tf.Tensor2D {
  const labels = tf.tensor1d(
    asked.map(({ label }) => label),
    'int32',
  );
  const [first] = asked;
  const rivals = (first?.rivals ?? []).map((_, r) =>
    tf.tensor1d(
      asked.map((example) => example.rivals[r] ?? 0),
      'int32',
    ),
  );
  const points = stackRows(
    asked.map(({ point }) => point),
    shape,
  );
  const line = (at: tf.Tensor4D): tf.Tensor2D => boundaryLines({ threat, classifier, points: at, labels, rivals });
  if (of === 'line') return tf.concat([tf.zeros([asked.length, VERDICTS]), line(points)], 1) as tf.Tensor2D;
  const logits = classifier.logits(points, 'inference');
  const isWrong: tf.Tensor1D = tf.notEqual(tf.argMax(logits, 1), labels);
  const hasNaN = tf.any(tf.isNaN(logits), 1);
  const verdict = tf.expandDims(tf.where(hasNaN, Number.NaN, tf.cast(isWrong, 'float32')), 1);
  if (of === 'class') return verdict as tf.Tensor2D;
  const natural = stackRows(
    asked.map((example) => example.natural),
    shape,
  );
  const back = tf.clipByValue(tf.add<tf.Tensor4D>(natural, tf.mul(tf.sub(points, natural), beta)), 0, 1);
  return tf.concat([verdict, line(tf.where(tf.reshape(isWrong, [-1, 1, 1, 1]), back, points))], 1) as tf.Tensor2D;
}
