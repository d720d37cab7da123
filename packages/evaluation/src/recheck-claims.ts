import type { AttackResult } from '@st/attacks';
import { epsilonsOf } from '@st/attacks/parts';
import { type Batch, type Classifier, ShapeError, type ThreatModel } from '@st/core';
import { describeValue, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import type { Outcome } from './outcome.ts';
import { largestNorm, perturbationNorm } from './perturbation-norm.ts';
import { predict } from './predict.ts';

/** The checked claim of an attack on one example. */
type CheckedClaim = {
  readonly outcome: Outcome;
  /** The norm of the perturbation; null without a claim, or if it is not finite. */
  readonly norm: number | null;
  /** The class predicted at the claimed point; null without a claim. */
  readonly predicted: number | null;
};

/** The checked claims of a batch, with the points that the attack returned. */
export type CheckedClaims = { readonly claims: readonly CheckedClaim[]; readonly points: Float32Array };

/** What claims are checked against. */
export type Recheck = {
  readonly where: Where;
  readonly classifier: Classifier;
  readonly threat: ThreatModel;
  /** Forward passes that decide a class. */
  readonly passes: number;
};

/**
 * Checks every claim of an attack: the point must be finite, in [0, 1], in the ball around its image, and misclassified by new forward passes
 * in mode `'inference'`. Only the points and the claims themselves come from the attack.
 * @throws {ShapeError} if the attack did not return one point and one claim per example.
 */
export async function recheckClaims(
  { where, classifier, threat, passes }: Recheck,
  batch: Batch,
  result: AttackResult,
): Promise<CheckedClaims> {
  checkResultShape(where, batch, result);
  const { adversarial, found } = result;
  const points = await adversarial.data<'float32'>();
  if (!found.some((claim) => claim !== 0)) {
    return { claims: Array.from(found, () => ({ outcome: 'survived', norm: null, predicted: null })), points };
  }
  const [images, labels, predictions] = await Promise.all([
    batch.images.data<'float32'>(),
    batch.labels.data<'int32'>(),
    predict(classifier, adversarial, passes),
  ]);
  const size = points.length / labels.length;
  const [, height, width, channels] = batch.images.shape;
  const radii = epsilonsOf(threat, [height, width, channels]);
  const claims = Array.from(labels, (label, i): CheckedClaim => {
    if (found[i] === 0) return { outcome: 'survived', norm: null, predicted: null };
    const point = points.subarray(i * size, (i + 1) * size);
    const norm = perturbationNorm(threat.norm, images.subarray(i * size, (i + 1) * size), point, radii);
    const predicted = predictions[i] ?? null;
    const outcome = judgePoint(point, norm, predicted === label, threat);
    return { outcome, norm: Number.isFinite(norm) ? norm : null, predicted };
  });
  return { claims, points };
}

/** Whether a point is an adversarial example, and if not, why. @param norm - The norm of its perturbation. */
export function judgePoint(
  point: Float32Array,
  norm: number,
  right: boolean,
  threat: ThreatModel,
): Exclude<Outcome, 'survived'> {
  if (!point.every(Number.isFinite)) return 'not-finite';
  if (!point.every((value) => value >= 0 && value <= 1)) return 'outside-bounds';
  if (!(norm <= largestNorm(threat))) return 'outside-ball';
  return right ? 'not-misclassified' : 'broken';
}

function checkResultShape(where: Where, { images }: Batch, result: Partial<AttackResult> | null | undefined): void {
  const { adversarial, found, queries, gradientCalls } = result ?? {};
  const [size] = images.shape;
  if (!(adversarial instanceof tf.Tensor) || adversarial.shape.join() !== images.shape.join()) {
    throw new ShapeError(
      `${where}: it must return adversarial of the batch's shape [${images.shape}], got ${describeValue(adversarial)}.`,
      { argument: 'attacks', received: adversarial },
    );
  }
  for (const [name, values] of Object.entries({ found, queries, gradientCalls })) {
    if (values?.length === size) continue;
    throw new ShapeError(
      `${where}: it must return ${name} of length ${size}, one value per example, got ${values?.length ?? describeValue(values)}.`,
      { argument: 'attacks', received: values },
    );
  }
}
