import { type BatchNormMode, type Classifier, InvalidArgumentError, type ThreatModel } from '@st/core';
import { BATCH_NORM_MODES, checkChoice, checkClassifier, checkNumber, checkObject, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkExamples } from '../ball/check-examples.ts';
import { PROJECTORS, type Projection } from '../ball/projection.ts';
import { checkThreat } from '../ball/threat.ts';
import { inputGradients } from '../gradient/input-gradients.ts';
import { type AscentLoss, ascentLoss } from './ascent-loss.ts';
import { projectedStep } from './projected-step.ts';

export type AscentStepOptions = {
  readonly threat: ThreatModel;
  /** Length of the step in the norm of the threat model. */
  readonly stepSize: number;
  readonly mode: BatchNormMode;
  readonly ascend: AscentLoss;
  /** `'up'` raises the loss, `'down'` lowers it. */
  readonly direction: 'up' | 'down';
  /** How the points come back after the step. Default `'threat'`. */
  readonly projection?: Projection;
};

/** Where a step starts. */
export type AscentPoints = {
  /** The centre of the ball, `[batch, height, width, channels]` in [0, 1]. */
  readonly images: tf.Tensor4D;
  readonly labels: tf.Tensor1D;
  /** The points to move, same shape. */
  readonly points: tf.Tensor4D;
};

/** What a step found; all tensors are the caller's. */
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
 * @throws {InvalidArgumentError} for an argument of another kind or an option out of range; {ShapeError} for tensors of other shapes.
 * @see Madry et al. 2018, arXiv 1706.06083, section 2.1
 */
export function ascentStep(classifier: Classifier, at: AscentPoints, options: AscentStepOptions): AscentStep {
  const where: Where = '[@st/attacks] ascentStep';
  checkClassifier(where, classifier);
  checkObject(where, 'at', at, ['images', 'labels', 'points']);
  const { images, labels, points } = at;
  checkExamples(where, 'at', { images, labels }, { points });
  checkObject(where, 'options', options, ['threat', 'stepSize', 'mode', 'ascend', 'direction']);
  const { direction } = options;
  const threat = checkThreat(where, options.threat);
  const stepSize = checkNumber(where, 'stepSize', options.stepSize, { min: 0, aboveMin: true });
  const mode = checkChoice(where, 'mode', options.mode, BATCH_NORM_MODES);
  const sign = checkChoice(where, 'direction', direction, ['up', 'down']) === 'up' ? 1 : -1;
  const loss = ascentLoss(where, options.ascend);
  const projection = checkChoice(
    where,
    'projection',
    options.projection ?? 'threat',
    Object.keys(PROJECTORS) as Projection[],
  );
  return tf.tidy(() => {
    const { gradients, found } = inputGradients(() => {
      const logits = classifier.logits(points, mode);
      const losses = loss(logits, labels);
      return { value: tf.sum(losses), found: { losses, logits } };
    }, [points]);
    const gradient = gradients[0] ?? zerosOfConstant(where, classifier, points);
    const from = { points, gradient, center: images };
    return { points: projectedStep(from, threat, sign * stepSize, projection), gradient, ...found };
  });
}

/** The gradient of losses that do not depend on the points: 0 if the logits do not either; else the loss is at fault. */
function zerosOfConstant(where: Where, classifier: Classifier, points: tf.Tensor4D): tf.Tensor4D {
  const sum = (): tf.Scalar => tf.sum(classifier.logits(points, 'inference'));
  const [gradient] = inputGradients(() => ({ value: sum(), found: {} }), [points]).gradients;
  if (gradient === undefined) return tf.zerosLike(points);
  throw new InvalidArgumentError(
    `${where}: ascend must return losses that depend on the logits, got a constant. Compute them with tf ops from the logits given.`,
    { argument: 'ascend' },
  );
}
