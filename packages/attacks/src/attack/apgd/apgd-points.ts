import type { Classifier } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { flatRows } from '../../ball/flat-rows.ts';
import { type FiniteGradient, finiteGradient } from '../../gradient/finite-gradient.ts';
import { inputGradients } from '../../gradient/input-gradients.ts';
import { type ApgdLabels, type ApgdLoss, apgdLoss } from './apgd-loss.ts';

/** The examples of a run. */
export type ApgdExamples = ApgdLabels & {
  /** The natural images, `[batch, height, width, channels]` in [0, 1]. */
  readonly images: tf.Tensor4D;
};

/** The state of a run's points, on the device; a type, not an interface, so that tidies can return it. */
export type ApgdPoints = {
  points: tf.Tensor4D;
  /** One iteration earlier. */
  previous: tf.Tensor4D;
  /** At `points`. */
  gradient: tf.Tensor4D;
  /** Of the largest loss. */
  best: tf.Tensor4D;
  bestGradient: tf.Tensor4D;
  bestLoss: tf.Tensor1D;
  /** The last misclassified points, or the start where there is none. */
  wrong: tf.Tensor4D;
};

/** The points, and the numbers that the host reads: `[5, batch]`, see `readApgdReport`. */
type Reported = { points: ApgdPoints; report: tf.Tensor2D };

export type ApgdReport = {
  readonly losses: readonly number[];
  readonly isWrong: readonly boolean[];
  readonly hasNaN: readonly boolean[];
  /** Pixels in which the best points differ from the natural images. */
  readonly moved: readonly number[];
  /** Whether the gradient at the points had entries that are not finite. */
  readonly gradientNotFinite: readonly boolean[];
};

/** How the model is evaluated at points. */
export type ApgdQuestion = {
  readonly classifier: Classifier;
  readonly loss: ApgdLoss;
  /** Forward passes, each with its gradient, whose gradients are averaged; 0: one forward pass without gradient. */
  readonly passes: number;
};

/** The points of a run at its start. */
export function beginPoints(question: ApgdQuestion, examples: ApgdExamples, start: tf.Tensor4D): Reported {
  return tf.tidy(() => {
    const points = tf.clone(start);
    const { gradient, losses, ...seen } = ask(question, examples, points);
    const state: ApgdPoints = {
      points,
      previous: tf.clone(points),
      gradient,
      best: tf.clone(points),
      bestGradient: tf.clone(gradient),
      bestLoss: losses,
      wrong: tf.clone(points),
    };
    return { points: state, report: reportOf(state, examples, { losses, ...seen }) };
  });
}

/** The points of a run after a step to `points`. */
export function advancePoints(
  question: ApgdQuestion,
  before: ApgdExamples & ApgdPoints,
  points: tf.Tensor4D,
): Reported {
  return tf.tidy(() => {
    const { gradient, losses, ...seen } = ask(question, before, points);
    const isBetter: tf.Tensor1D = tf.greater(losses, before.bestLoss);
    const state: ApgdPoints = {
      points: tf.clone(points),
      previous: tf.clone(before.points),
      gradient,
      best: chooseRows(isBetter, points, before.best),
      bestGradient: chooseRows(isBetter, gradient, before.bestGradient),
      bestLoss: tf.where(isBetter, losses, before.bestLoss),
      wrong: chooseRows(seen.isWrong, points, before.wrong),
    };
    return { points: state, report: reportOf(state, before, { losses, ...seen }) };
  });
}

/** The points and their gradients: the best ones where `back` holds, else the present ones. */
export function backToBest(
  { points, gradient, best, bestGradient }: ApgdPoints,
  back: readonly boolean[],
): Pick<ApgdPoints, 'points' | 'gradient'> {
  return tf.tidy(() => {
    const isBack = tf.tensor1d([...back], 'bool');
    return { points: chooseRows(isBack, best, points), gradient: chooseRows(isBack, bestGradient, gradient) };
  });
}

/** Reads a report back and disposes it. */
export async function readApgdReport(report: tf.Tensor2D): Promise<ApgdReport> {
  const size = report.shape[1];
  try {
    const values = await report.data();
    const row = (index: number): number[] => Array.from(values.subarray(index * size, (index + 1) * size));
    return {
      losses: row(0),
      isWrong: row(1).map(Boolean),
      hasNaN: row(2).map(Boolean),
      moved: row(3),
      gradientNotFinite: row(4).map(Boolean),
    };
  } finally {
    report.dispose();
  }
}

/** The model's outputs at points. */
type Answer = { losses: tf.Tensor1D; isWrong: tf.Tensor1D; hasNaN: tf.Tensor1D };

/** With the gradient, made finite; `notFinite` is above 0 where it was not. */
type Asked = Answer & FiniteGradient;

function ask(question: ApgdQuestion, examples: ApgdExamples, points: tf.Tensor4D): Asked {
  const { classifier, loss, passes } = question;
  const forward = (): Answer => {
    const logits = classifier.logits(points, 'inference');
    const losses = apgdLoss(loss, logits, examples);
    const isWrong: tf.Tensor1D = tf.notEqual(tf.argMax(logits, 1), examples.labels);
    return { losses, isWrong, hasNaN: tf.any(tf.isNaN(logits), 1) };
  };
  if (passes === 0) {
    const found = forward();
    return {
      ...found,
      losses: worstOfNaN(found.losses),
      gradient: tf.zerosLike(points),
      notFinite: tf.zeros(examples.labels.shape),
    }; // no step follows
  }
  const averaged = tf.tidy(() => {
    let answer: Answer | undefined;
    let sum: FiniteGradient | undefined;
    for (let pass = 0; pass < passes; pass++) {
      tf.dispose(answer);
      const one = inputGradients(() => {
        const found = forward();
        return { value: tf.sum(found.losses), found: { ...found, losses: worstOfNaN(found.losses) } };
      }, [points]);
      answer = one.found; // as in the published code, the last pass decides
      const gradient = one.gradients[0] ?? tf.zerosLike(points); // a model that ignores its input
      const finite = finiteGradient(gradient);
      gradient.dispose();
      const before = sum;
      sum = before ? addBoth(before, finite) : finite;
      if (before) tf.dispose([before, finite]);
    }
    const { gradient, notFinite } = sum as NonNullable<typeof sum>; // there is a pass
    return { answer: answer as Answer, gradient: tf.div(gradient, passes) as tf.Tensor4D, notFinite };
  });
  return { ...averaged.answer, gradient: averaged.gradient, notFinite: averaged.notFinite };
}

/** Replaces a NaN loss, which infinite logits give, by -infinity: compared with NaN no later point would ever be better. */
function worstOfNaN(losses: tf.Tensor1D): tf.Tensor1D {
  return tf.where(tf.isNaN(losses), tf.fill(losses.shape, Number.NEGATIVE_INFINITY), losses);
}

function addBoth(one: FiniteGradient, other: FiniteGradient): FiniteGradient {
  return { gradient: tf.add(one.gradient, other.gradient), notFinite: tf.add(one.notFinite, other.notFinite) };
}

function reportOf(
  { best }: ApgdPoints,
  { images }: ApgdExamples,
  { losses, isWrong, hasNaN, notFinite }: Omit<Asked, 'gradient'>,
): tf.Tensor2D {
  const moved = tf.sum(tf.cast(tf.notEqual(flatRows(best), flatRows(images)), 'float32'), 1);
  return tf.stack([losses, tf.cast(isWrong, 'float32'), tf.cast(hasNaN, 'float32'), moved, notFinite]) as tf.Tensor2D;
}

function chooseRows(isFirst: tf.Tensor1D, first: tf.Tensor4D, second: tf.Tensor4D): tf.Tensor4D {
  return tf.where(tf.reshape(isFirst, [-1, 1, 1, 1]), first, second);
}
