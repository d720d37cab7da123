import type { Classifier, Norm, ThreatModel } from '@st/core';
import { checkChoice, checkClassifier, checkKind, checkNumber, checkObject, NORMS, type Where } from '@st/core/kit';
import { withoutGradient } from '@st/losses/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkClasses } from '../../ball/check-examples.ts';
import { checkSameShape } from '../../ball/check-same-shape.ts';
import { toEpsilons } from '../../ball/epsilons.ts';
import { flatRows } from '../../ball/flat-rows.ts';
import { rowLengths } from '../../ball/row-lengths.ts';
import { finiteGradient } from '../../gradient/finite-gradient.ts';
import { inputGradients } from '../../gradient/input-gradients.ts';

/** Points, and the classes between which their boundaries lie. */
export type BoundaryQuestion = {
  readonly norm: Norm;
  readonly classifier: Classifier;
  /** float32 `[batch, height, width, channels]`. */
  readonly points: tf.Tensor4D;
  /** int32 `[batch]`, y. */
  readonly labels: tf.Tensor1D;
  /** int32 `[batch]` each, at least one: the classes r. */
  readonly rivals: readonly tf.Tensor1D[];
};

/** `BoundaryQuestion` with a threat model in place of the norm, since pixels may have radii of their own. */
type LinesQuestion = Omit<BoundaryQuestion, 'norm'> & { readonly threat: ThreatModel };

/** Keeps a distance finite where the gradient is 0; the published code's constant. */
const NON_ZERO = 1e-12;

const WHERE: Where = '[@st/attacks] nearestBoundary';

/**
 * The linearized decision boundary nearest to each point: among the rival classes, that of the least |z_r - z_y| / ||grad(z_r - z_y)||_*, in
 * the dual norm; at equal distance the first. One forward pass, and a backward pass for each rival.
 * Entries of a gradient that are not finite are replaced: NaN by 0, an infinite one by the largest finite absolute value of its image.
 * @returns `[batch, pixels + 2]`: grad(z_r - z_y), then z_r - z_y, then the distance. The caller disposes it.
 * @throws {InvalidArgumentError} for a question of another type; {ShapeError} for tensors of other shapes.
 * @see Croce and Hein 2020, arXiv 1907.02044, equation 7
 */
export function nearestBoundary(question: BoundaryQuestion): tf.Tensor2D {
  checkObject(WHERE, 'question', question, ['norm', 'classifier', 'points', 'labels', 'rivals']);
  const { norm, classifier, points, labels, rivals } = question;
  checkChoice(WHERE, 'norm', norm, NORMS);
  checkClassifier(WHERE, classifier);
  checkSameShape(WHERE, { points });
  checkClasses(WHERE, 'labels', labels, points);
  checkKind(WHERE, 'rivals', rivals, 'list');
  checkNumber(WHERE, 'rivals.length', rivals.length, { min: 1 });
  for (const rival of rivals) checkClasses(WHERE, 'rivals', rival, points);
  return tf.tidy(() => {
    const threat = { norm, epsilon: 1, bounds: [0, 1] } as const;
    const lines = boundaryLines({ threat, classifier, points, labels, rivals });
    return tf.slice(lines, [0, 0], [-1, lines.shape[1] - 1]);
  });
}

/**
 * As `nearestBoundary`, with one column more: above 0 where the gradient of some rival had entries that are not finite. The norm is that of the
 * threat model: its dual weighs pixels by their radii over the largest.
 */
export function boundaryLines({ threat, classifier, points, labels, rivals }: LinesQuestion): tf.Tensor2D {
  return tf.tidy(() => {
    const { gradients, found } = inputGradients(() => {
      const logits = classifier.logits(points, 'inference');
      const differences = rivals.map((rival) => differenceOf(logits, rival, labels));
      const totals = differences.map((difference): tf.Scalar => tf.sum(difference));
      // All gradients but the last are taken here, on the tape of the one forward pass; outside, tfjs would run the model again for each.
      const earlier = withoutGradient(() =>
        nearestOf(
          totals.slice(0, -1).map((total, i) => () => lineOf(threat, gradientOf(total, points), differences[i])),
        ),
      );
      const [difference, total] = [differences.at(-1), totals.at(-1)] as [tf.Tensor1D, tf.Scalar]; // there is a rival
      return { value: total, found: { difference, earlier } };
    }, [points]);
    const gradient = gradients[0] ?? tf.zerosLike(points); // a model that ignores its input
    const last = lineOf(threat, gradient, found.difference);
    return rivals.length === 1 ? last : nearer(found.earlier, last);
  });
}

function differenceOf(logits: tf.Tensor2D, rival: tf.Tensor1D, labels: tf.Tensor1D): tf.Tensor1D {
  const classes = logits.shape[1];
  const mask = tf.sub(tf.cast(tf.oneHot(rival, classes), 'float32'), tf.cast(tf.oneHot(labels, classes), 'float32'));
  return tf.sum(tf.mul(logits, mask), 1);
}

function gradientOf(total: tf.Scalar, points: tf.Tensor4D): tf.Tensor4D {
  const { grads } = tf.engine().gradients(() => total, [points], undefined, true);
  return (grads[0] as tf.Tensor4D | undefined) ?? tf.zerosLike(points);
}

function lineOf(threat: ThreatModel, gradient: tf.Tensor4D, difference: tf.Tensor1D | undefined): tf.Tensor2D {
  const { gradient: finite, notFinite } = finiteGradient(gradient);
  const rows = flatRows(finite);
  const column = tf.reshape(difference ?? [], [-1, 1]);
  const distance: tf.Tensor2D = tf.div(
    tf.abs(column),
    tf.add(rowLengths(DUALS[threat.norm], flatRows(toEpsilons(threat, finite))), NON_ZERO),
  );
  // a difference of infinite logits is NaN: no boundary to step to
  const known = tf.where(tf.isNaN(distance), tf.fill(distance.shape, Number.POSITIVE_INFINITY), distance);
  return tf.concat([rows, column, known, tf.expandDims(notFinite, 1)], 1) as tf.Tensor2D;
}

const DUALS: Readonly<Record<Norm, Norm>> = { linf: 'l1', l2: 'l2', l1: 'linf' };

/** The nearest of all lines. Disposes each before the next, so that memory does not grow with the classes. */
function nearestOf(lines: readonly (() => tf.Tensor2D)[]): tf.Tensor2D {
  let nearest: tf.Tensor2D = tf.zeros([0, 0]);
  for (const [i, line] of lines.entries()) {
    const next = tf.tidy(() => (i === 0 ? line() : nearer(nearest, line())));
    nearest.dispose();
    nearest = next;
  }
  return nearest;
}

function nearer(first: tf.Tensor2D, second: tf.Tensor2D): tf.Tensor2D {
  const flag = first.shape[1] - 1;
  const distanceOf = (lines: tf.Tensor2D): tf.Tensor => tf.slice(lines, [0, flag - 1], [-1, 1]);
  const flagOf = (lines: tf.Tensor2D): tf.Tensor => tf.slice(lines, [0, flag], [-1, 1]);
  const chosen = tf.where(tf.less(distanceOf(second), distanceOf(first)), second, first);
  const flags = tf.maximum(flagOf(first), flagOf(second));
  return tf.concat([tf.slice(chosen, [0, 0], [-1, flag]), flags], 1) as tf.Tensor2D;
}
