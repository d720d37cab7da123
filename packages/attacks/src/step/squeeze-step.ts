import type { Batch, Classifier } from '@st/core';
import {
  checkChoice,
  checkClassifier,
  checkNumber,
  checkObject,
  checkTensor,
  readsAreFree,
  type Where,
} from '@st/core/kit';
import { type Divergence, pickViews, selectExtremes } from '@st/losses';
import { type DivergenceFunction, divergenceNamed, type Extremes, type OfViews } from '@st/losses/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkExamples } from '../ball/check-examples.ts';
import { checkThreat } from '../ball/threat.ts';
import { inputGradients } from '../gradient/input-gradients.ts';
import type { AscentStepOptions } from './ascent-step.ts';
import { projectedStep } from './projected-step.ts';

/**
 * The start of each point's step:
 * - `'published'`: the selected view, but only in a step in which some example of the batch selected the natural view; otherwise the point itself,
 *   which may then follow the gradient at the other point. The published code does so, and its results were made with it;
 * - `'consistent'`: always the selected view: upper for the adversarial point, lower for the collaborative one.
 */
export type PointChoice = 'published' | 'consistent';

/** All values of `PointChoice`. */
export const POINT_CHOICES: readonly PointChoice[] = ['published', 'consistent'];

export type SqueezeStepOptions = Pick<AscentStepOptions, 'threat' | 'stepSize'> & {
  readonly divergence: Divergence;
  readonly points: PointChoice;
};

/** The input of a squeeze step. */
export type SqueezePoints = {
  readonly adversarial: tf.Tensor4D;
  readonly collaborative: tf.Tensor4D;
  /** Logits of the natural images in mode `'batch-frozen'`. */
  readonly naturalLogits: tf.Tensor2D;
};

/** The result of a squeeze step; the caller disposes all tensors. */
export type SqueezeStep = Extremes & {
  /** The points after the step, inside the threat model, and the natural logits for the next. */
  readonly adversarial: tf.Tensor4D;
  readonly collaborative: tf.Tensor4D;
  readonly naturalLogits: tf.Tensor2D;
  /** Gradient of the divergence with respect to the view that each example selected as upper, and as lower. */
  readonly upperGradient: tf.Tensor4D;
  readonly lowerGradient: tf.Tensor4D;
};

const WHERE: Where = '[@st/attacks] squeezeStep';

/**
 * One step of squeeze training's joint search. Forwards the collaborative and the adversarial points, each in its own pass in mode
 * `'batch-frozen'`; selects upper and lower per example; takes the gradient of the divergence between them, batch mean, with respect to the
 * images alone; moves the adversarial point by stepSize along the steepest direction at the upper view, and the collaborative one at the
 * lower; projects both. Where reads are free (`readsAreFree`), the natural view is forwarded with gradient only if some example selected it; elsewhere
 * always, and selected by tensor arithmetic. Its batch statistics are its own, so the numbers are the same.
 * @throws {InvalidArgumentError} for an argument of another type or an option out of range; {ShapeError} for tensors of other shapes.
 * @see Li et al. 2023, Squeeze Training, arXiv 2205.11156, section 4, algorithm 1, and its published code
 */
export function squeezeStep(
  classifier: Classifier,
  batch: Batch,
  at: SqueezePoints,
  options: SqueezeStepOptions,
): SqueezeStep {
  checkClassifier(WHERE, classifier);
  checkObject(WHERE, 'at', at, ['adversarial', 'collaborative', 'naturalLogits']);
  const { adversarial, collaborative, naturalLogits } = at;
  checkObject(WHERE, 'batch', batch, ['images', 'labels']);
  const { images, labels } = batch;
  checkExamples(WHERE, 'batch', { images, labels }, { adversarial, collaborative });
  const shape = [images.shape[0], classifier.classes];
  checkTensor(WHERE, 'naturalLogits', naturalLogits, { dtype: 'float32', shape });
  checkObject(WHERE, 'options', options, ['threat', 'stepSize', 'divergence', 'points']);
  checkThreat(WHERE, options.threat);
  checkNumber(WHERE, 'stepSize', options.stepSize, { min: 0, aboveMin: true });
  checkChoice(WHERE, 'points', options.points, POINT_CHOICES);
  const discrepancy = divergenceNamed(options.divergence, WHERE);
  return squeezeStepUnchecked({ mayRead: readsAreFree() }, classifier, batch, at, { ...options, discrepancy });
}

/** How the natural view is forwarded; the result does not depend on it. */
export type NaturalForward = {
  /** Whether one boolean may be read back, to skip the natural pass if no example selected the view. */
  readonly mayRead: boolean;
  /** Puts the natural logits of an earlier pass on the tape. Default: a new forward pass. */
  readonly replay?: () => tf.Tensor2D;
};

/** The options of `squeezeStep` after their check. */
export type CheckedSqueeze = Omit<SqueezeStepOptions, 'divergence'> & { readonly discrepancy: DivergenceFunction };

/** `squeezeStep` for inner loops, whose arguments have been checked. */
export function squeezeStepUnchecked(
  natural: NaturalForward,
  classifier: Classifier,
  { images, labels }: Batch,
  at: SqueezePoints,
  { threat, stepSize, discrepancy, points }: CheckedSqueeze,
): SqueezeStep {
  const { adversarial, collaborative } = at;
  return tf.tidy(() => {
    const views = { natural: images, collaborative, adversarial };
    const forward = { classifier, labels, keptLogits: at.naturalLogits, discrepancy, ...natural };
    const found = differentiate(views, forward);
    const upperGradient = pickViews(found.upper, found.gradients);
    const lowerGradient = pickViews(found.lower, found.gradients);
    const move = (role: tf.Tensor1D, own: tf.Tensor4D, gradient: tf.Tensor4D): tf.Tensor4D => {
      const taken = pickViews(role, views);
      const from = points === 'consistent' ? taken : tf.where(found.naturalSelected, taken, own);
      return projectedStep({ points: from, gradient, center: images }, threat, stepSize);
    };
    return {
      adversarial: move(found.upper, adversarial, upperGradient),
      collaborative: move(found.lower, collaborative, lowerGradient),
      naturalLogits: found.naturalLogits,
      upper: found.upper,
      lower: found.lower,
      upperGradient,
      lowerGradient,
    };
  });
}

type Forward = NaturalForward & {
  readonly classifier: Classifier;
  readonly labels: tf.Tensor1D;
  readonly keptLogits: tf.Tensor2D;
  readonly discrepancy: DivergenceFunction;
};

type Found = {
  readonly upper: tf.Tensor1D;
  readonly lower: tf.Tensor1D;
  readonly naturalSelected: tf.Tensor;
  readonly naturalLogits: tf.Tensor2D;
};

/** Selects the extremes and takes the gradient of their discrepancy with respect to each view. */
function differentiate(views: OfViews<tf.Tensor4D>, forward: Forward): Found & { gradients: OfViews<tf.Tensor4D> } {
  const { classifier, labels, keptLogits, mayRead, discrepancy } = forward;
  const forwardNatural = forward.replay ?? (() => classifier.logits(views.natural, 'batch-frozen'));
  const { gradients, found } = inputGradients(() => {
    const collaborative = classifier.logits(views.collaborative, 'batch-frozen');
    const adversarial = classifier.logits(views.adversarial, 'batch-frozen');
    const { upper, lower } = selectExtremes({ natural: keptLogits, collaborative, adversarial }, labels);
    const naturalSelected = tf.any(tf.logicalOr(tf.equal(upper, 0), tf.equal(lower, 0)));
    const skip = mayRead && naturalSelected.dataSync()[0] === 0;
    const natural = skip ? keptLogits : forwardNatural();
    const logits = { natural, collaborative, adversarial };
    const value = discrepancy(pickViews(upper, logits), pickViews(lower, logits));
    return { value, found: { upper, lower, naturalSelected, naturalLogits: natural } };
  }, [views.natural, views.collaborative, views.adversarial]);
  // If the natural view was not forwarded, no example selected it, so its gradient is never read: any tensor of that shape serves.
  // A model that ignores its input gives no gradient at all.
  const [natural, collaborative, adversarial] = gradients.map((gradient) => gradient ?? tf.zerosLike(views.natural));
  return { ...found, gradients: { natural, collaborative, adversarial } as OfViews<tf.Tensor4D> };
}
