import type { Classifier } from '@st/core';
import type { Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { l1BoxShiftUnchecked } from '../../ball/l1-box-shift.ts';
import type { ApgdExamples } from './apgd-points.ts';
import { type ApgdRun, type ApgdRunOptions, apgdRunUnchecked } from './apgd-run.ts';

/** The factors of epsilon in the runs before the last, and the fraction of the iterations of each of these runs. */
const EARLY_FACTORS = [3, 2] as const;
const EARLY_SHARE = 0.3;

/** With fewer iterations some run would have none. */
export const LEAST_ITERATIONS = 5;

/**
 * Three runs of APGD in l1, with radii 3 epsilon, 2 epsilon and epsilon and 30, 30 and 40 % of the iterations, each from the best points of the
 * one before, projected onto its smaller ball. Only the last run's misclassified points count as found.
 * @param draws - N(0, 1), shape of the images: the first run starts from images + draws, projected.
 * @returns The last run, with the queries of all; the caller disposes its tensors.
 * @throws as `apgdRun`.
 * @see Croce and Hein 2021, "Mind the box", arXiv 2103.01208, section 4.2
 */
export async function apgdDecreasingRadii(
  where: Where,
  classifier: Classifier,
  examples: ApgdExamples,
  draws: tf.Tensor4D,
  options: Omit<ApgdRunOptions, 'from'>,
): Promise<ApgdRun> {
  const { images } = examples;
  const { epsilon } = options.threat;
  const iterations = Math.ceil(EARLY_SHARE * options.iterations);
  const earlier: Counts[] = [];
  let points: tf.Tensor4D = tf.tidy(() => intoBall(images, tf.add(images, draws), EARLY_FACTORS[0] * epsilon));
  const runIn = async (radius: number, changes: Pick<ApgdRunOptions, 'iterations' | 'keep'>): Promise<ApgdRun> => {
    const start = tf.tidy(() => tf.clipByValue(intoBall(images, points, radius), 0, 1));
    try {
      const threat = { ...options.threat, epsilon: radius };
      return await apgdRunUnchecked(where, classifier, examples, start, {
        ...options,
        ...changes,
        threat,
        from: 'points',
      });
    } finally {
      tf.dispose([start, points]);
    }
  };
  for (const factor of EARLY_FACTORS) {
    const { adversarial, best, ...counts } = await runIn(factor * epsilon, { iterations, keep: 'last' });
    adversarial.dispose();
    points = best;
    earlier.push(counts);
  }
  const left = options.iterations - EARLY_FACTORS.length * iterations;
  const last = await runIn(epsilon, { iterations: left, keep: options.keep });
  const total = (name: 'queries' | 'gradientCalls'): Int32Array =>
    last[name].map((count, row) => earlier.reduce((sum, run) => sum + (run[name][row] ?? 0), count));
  const gradientsNotFinite = last.gradientsNotFinite.map((is, row) =>
    Math.max(is, ...earlier.map((run) => run.gradientsNotFinite[row] ?? 0)),
  );
  return { ...last, queries: total('queries'), gradientCalls: total('gradientCalls'), gradientsNotFinite };
}

type Counts = Pick<ApgdRun, 'queries' | 'gradientCalls' | 'gradientsNotFinite'>;

function intoBall(images: tf.Tensor4D, points: tf.Tensor4D, epsilon: number): tf.Tensor4D {
  return tf.add(points, l1BoxShiftUnchecked(images, tf.sub(points, images), epsilon));
}
