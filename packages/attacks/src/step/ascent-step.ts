import { type BatchNormMode, type Classifier, InvalidArgumentError, type ThreatModel } from '@st/core';
import { BATCH_NORM_MODES, checkChoice, checkClassifier, checkNumber, checkObject, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkExamples } from '../ball/check-examples.ts';
import { PROJECTORS, type Projection } from '../ball/projection.ts';
import { checkThreat } from '../ball/threat.ts';
import { inputGradients } from '../gradient/input-gradients.ts';
import { type AscentLoss, type CheckedLoss, checkAscentLoss } from './ascent-loss.ts';
import { lossGradient } from './loss-gradient.ts';
import { projectedStep } from './projected-step.ts';

export type AscentStepOptions = {
  readonly threat: ThreatModel;
  /** Length of the step in the norm of the threat model. */
  readonly stepSize: number;
  readonly mode: BatchNormMode;
  readonly ascend: AscentLoss;
  /** `'up'` raises the loss, `'down'` lowers it. */
  readonly direction: 'up' | 'down';
  /** The projection after the step. Default `'threat'`. */
  readonly projection?: Projection;
};

/** The input of a step. */
export type AscentPoints = {
  /** The center of the ball, `[batch, height, width, channels]` in [0, 1]. */
  readonly images: tf.Tensor4D;
  readonly labels: tf.Tensor1D;
  /** The points to move, same shape. */
  readonly points: tf.Tensor4D;
};

/** The result of a step; the caller disposes all tensors. */
export type AscentStep = {
  /** The points after the step, projected. */
  readonly points: tf.Tensor4D;
  /** Gradient of the sum of the losses at the points before it. */
  readonly gradient: tf.Tensor4D;
  /** Losses `[batch]` at the points before it. */
  readonly losses: tf.Tensor1D;
  /** Logits `[batch, classes]` at the points before it. */
  readonly logits: tf.Tensor2D;
};

/**
 * One step of projected gradient ascent (or descent): P(z +- stepSize d(grad_z sum_i loss_i)), d the steepest direction of the norm.
 * One forward pass and one gradient with respect to the points alone, 0 where the classifier ignores its input: the weights are not differentiated (except by stock convolution and
 * dense layers with a bias and no activation: tfjs fuses those, and a fused op computes all its gradients at once).
 * @throws {InvalidArgumentError} for an argument of another type or an option out of range; {ShapeError} for tensors of other shapes.
 * @see Madry et al. 2018, arXiv 1706.06083, section 2.1
 */
export function ascentStep(classifier: Classifier, at: AscentPoints, options: AscentStepOptions): AscentStep {
  const where: Where = '[@st/attacks] ascentStep';
  checkClassifier(where, classifier);
  checkObject(where, 'at', at, ['images', 'labels', 'points']);
  const { images, labels, points } = at;
  checkExamples(where, 'at', { images, labels }, { points });
  checkObject(where, 'options', options, ['threat', 'stepSize', 'mode', 'ascend', 'direction']);
  checkThreat(where, options.threat);
  checkNumber(where, 'stepSize', options.stepSize, { min: 0, aboveMin: true });
  checkChoice(where, 'mode', options.mode, BATCH_NORM_MODES);
  checkChoice(where, 'direction', options.direction, ['up', 'down']);
  const ascend = checkAscentLoss(where, options.ascend);
  const projections = Object.keys(PROJECTORS) as Projection[];
  const projection = checkChoice(where, 'projection', options.projection ?? 'threat', projections);
  return ascentStepUnchecked(classifier, at, { ...options, ascend, projection });
}

/** The options of `ascentStep` after their check. */
export type CheckedAscent = Omit<AscentStepOptions, 'ascend'> & { readonly ascend: CheckedLoss };

/** `ascentStep` for inner loops, whose arguments have been checked. */
export function ascentStepUnchecked(
  classifier: Classifier,
  { images, labels, points }: AscentPoints,
  { threat, stepSize, mode, ascend, direction, projection }: CheckedAscent,
): AscentStep {
  return tf.tidy(() => {
    const { gradient: found, losses, logits } = lossGradient(classifier, { points, labels }, mode, ascend.lossOf);
    const gradient = found ?? zerosOfConstant(ascend, classifier, points);
    const from = { points, gradient, center: images };
    const length = direction === 'up' ? stepSize : -stepSize;
    return { points: projectedStep(from, threat, length, projection), gradient, losses, logits };
  });
}

/** For losses that do not depend on the points: returns gradient 0 if the logits do not either, else throws, because the loss ignores the logits. */
function zerosOfConstant({ where, argument }: CheckedLoss, classifier: Classifier, points: tf.Tensor4D): tf.Tensor4D {
  const sum = (): tf.Scalar => tf.sum(classifier.logits(points, 'inference'));
  const [gradient] = inputGradients(() => ({ value: sum(), found: {} }), [points]).gradients;
  if (gradient === undefined) return tf.zerosLike(points);
  throw new InvalidArgumentError(
    `${where}: ${argument} must return losses that depend on the logits, got a constant. Compute them with tf ops from the logits given.`,
    { argument },
  );
}
