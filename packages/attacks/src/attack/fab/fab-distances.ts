import type { Batch, Classifier } from '@st/core';
import type { Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatchFits } from '../../ball/check-batch-fits.ts';
import type { AttackRandomness } from '../attack.ts';
import { attackInRounds } from '../attack-in-rounds.ts';
import { checkFabRunOptions, type FabAttackOptions } from './fab-options.ts';
import { fabRound } from './fab-round.ts';
import { withPoints } from './fab-run.ts';

/** The distances of the nearest misclassified points. */
export type FabDistances = {
  /** The nearest misclassified point to each image, or the image itself if none was found or it is misclassified. The caller disposes it. */
  readonly adversarial: tf.Tensor4D;
  /** In the norm of the threat model: 0 if the image is misclassified, infinite if no misclassified point was found. */
  readonly distances: Float64Array;
  readonly queries: Int32Array;
  readonly gradientCalls: Int32Array;
  readonly gradientsNotFinite: Uint8Array;
};

/** The options of FAB without `keep`: every example takes part in every run. The threat model's radius is used for random starts alone. */
export type FabDistancesOptions = Omit<FabAttackOptions, 'keep'>;

const WHERE: Where = '[@st/attacks] fabDistances';

/**
 * Upper bounds, by FAB, of the norm of the smallest perturbation that changes each prediction, of any size; for robustness curves, where the accuracy at
 * a radius is the fraction of distances above it.
 * @param randomness - As for an attack.
 * @throws {InvalidArgumentError} for an option out of range or misspelt, more targets than classes, or NaN among the logits.
 * @see Croce and Hein 2020, arXiv 1907.02044
 */
export async function fabDistances(
  classifier: Classifier,
  batch: Batch,
  randomness: AttackRandomness,
  options: FabDistancesOptions & { readonly signal?: AbortSignal },
): Promise<FabDistances> {
  const checked = checkFabRunOptions(WHERE, options);
  const { signal, ...settings } = { ...checked, keep: 'smallest' as const };
  const { threat, targeted: targets, restarts } = settings;
  checkBatchFits(WHERE, batch, threat);
  const size = batch.images.shape[0];
  const points = new Array<Float32Array | undefined>(size).fill(undefined);
  const distances = new Float64Array(size); // 0 for examples that no round attacks
  const task = { where: WHERE, classifier, batch, randomness, threat };
  const plan = { name: targets > 0 ? 'fab-t' : 'fab', targets, restarts };
  const {
    adversarial,
    found: _,
    ...counts
  } = await attackInRounds(task, plan, async (round) => {
    const found = await fabRound(WHERE, settings, classifier, round, signal);
    for (const [i, row] of round.rows.entries()) {
      const known = points[row] === undefined ? Number.POSITIVE_INFINITY : (distances[row] ?? 0);
      const distance = found.distances[i] ?? Number.POSITIVE_INFINITY;
      distances[row] = Math.min(known, distance);
      if (distance < known) points[row] = found.points[i];
    }
    // reports nothing as found, so that all examples stay active in the next round
    const { points: _points, distances: _distances, ...counts } = found;
    return { adversarial: tf.clone(round.images), found: new Uint8Array(round.rows.length), ...counts };
  });
  adversarial.dispose();
  return { adversarial: withPoints(batch.images, points), distances, ...counts };
}
