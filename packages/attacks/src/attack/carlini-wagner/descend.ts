import type { Classifier } from '@st/core';
import { blockedSum, type Where } from '@st/core/kit';
import { margin } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';
import { flatRows } from '../../ball/flat-rows.ts';
import { finiteGradient } from '../../gradient/finite-gradient.ts';
import { inputGradients } from '../../gradient/input-gradients.ts';
import { ActiveRows } from '../active-rows.ts';
import { nanLogits } from '../natural-logits.ts';

/** The examples of a descent, one row each. */
export type DescentExamples = {
  readonly images: tf.Tensor4D;
  readonly labels: tf.Tensor1D;
  /** c of each. */
  readonly constants: readonly number[];
  /** The best points so far, and their squared distances from the images; infinite where there are none. */
  readonly best: tf.Tensor4D;
  readonly distances: readonly number[];
};

/** The settings of a descent. */
export type DescentSettings = {
  readonly steps: number;
  readonly learningRate: number;
  /** By how much the largest wrong logit must exceed the true one. */
  readonly confidence: number;
  /** An example is done at a squared distance of at most this. */
  readonly doneWithin: number;
  readonly earlyStop: EarlyStop;
};

/**
 * The condition, checked ten times in a descent, at which an example's descent ends early:
 * - `'settled'`: its loss no longer falls and its point no longer moves;
 * - `'published'`: its loss no longer falls, as in the published code. Black and white pixels begin at +-7.25 in tanh space, where a hundred steps
 *   hardly change them: the descent of such an image ends at the first check, and nothing is found;
 * - `'never'`.
 */
export type EarlyStop = 'settled' | 'published' | 'never';

export const EARLY_STOPS: readonly EarlyStop[] = ['settled', 'published', 'never'];

/** The result of a descent, row by row; the caller disposes the points. */
export type Descent = {
  readonly best: tf.Tensor4D;
  readonly distances: readonly number[];
  /** Whether some point of the descent was misclassified, at whatever distance. */
  readonly succeeded: readonly boolean[];
  readonly steps: readonly number[];
  /** 1 where a gradient had entries that are not finite. */
  readonly gradientsNotFinite: Uint8Array;
};

/** Checks in a descent for an early stop. */
const CHECKS = 10;
/** A loss above this fraction of the loss at the last check has stalled. */
const STALLED = 0.9999;
/** A point has settled if no pixel's w has moved, since the last check, by more than this fraction of what Adam's steps in one direction would give. */
const SETTLED = 0.05;
/** Keeps the arctanh of black and white pixels finite; the published value. */
const INSIDE = 0.999999;
/** Adam: Kingma and Ba 2015, arXiv 1412.6980, the defaults. */
const ADAM = { first: 0.9, second: 0.999, tiny: 1e-8 } as const;

/**
 * Minimizes ||x' - x||^2 + c max(confidence + z_y - max_{j != y} z_j, 0) over w by Adam, x' = (tanh(w) + 1) / 2, from the image. An example
 * that meets the condition of `earlyStop` is retired.
 * @throws {InvalidArgumentError} if logits are NaN.
 * @see Carlini and Wagner 2017, arXiv 1608.04644, section VI-A; the early stop 'published' is that of their code, for each example by itself
 */
export async function descend(
  where: Where,
  classifier: Classifier,
  examples: DescentExamples,
  settings: DescentSettings,
  pause: () => Promise<void>,
): Promise<Descent> {
  const descent = new Descender(where, classifier, examples, settings);
  const every = Math.max(1, Math.floor(settings.steps / CHECKS));
  try {
    for (let step = 0; step < settings.steps && descent.isMoving; step++) {
      await pause();
      await descent.step(step);
      if (step % every === 0) await descent.retire(step === 0 ? 1 : every);
    }
    return descent.result();
  } finally {
    descent.dispose();
  }
}

/** The tensors of a descent, a row for each active example. */
type Moving = {
  readonly images: tf.Tensor4D;
  readonly labels: tf.Tensor1D;
  readonly constants: tf.Tensor1D;
  /** w, and Adam's moments. */
  readonly w: tf.Tensor4D;
  readonly first: tf.Tensor4D;
  readonly second: tf.Tensor4D;
  /** w at the last check. */
  readonly seen: tf.Tensor4D;
  readonly best: tf.Tensor4D;
};

/** The state of a descent. */
class Descender {
  readonly #where: Where;
  readonly #classifier: Classifier;
  readonly #settings: DescentSettings;
  readonly #distances: number[];
  readonly #succeeded: boolean[];
  readonly #steps: number[];
  readonly #notFinite: Uint8Array;
  /** At the present point, and at the last check. */
  readonly #losses: number[];
  readonly #seenLosses: number[];
  readonly #active: ActiveRows<Moving, 'best'>;

  constructor(where: Where, classifier: Classifier, examples: DescentExamples, settings: DescentSettings) {
    this.#where = where;
    const size = examples.constants.length;
    this.#classifier = classifier;
    this.#settings = settings;
    this.#distances = [...examples.distances];
    this.#succeeded = new Array<boolean>(size).fill(false);
    this.#steps = new Array<number>(size).fill(0);
    this.#notFinite = new Uint8Array(size);
    this.#losses = new Array<number>(size).fill(Number.POSITIVE_INFINITY);
    this.#seenLosses = [...this.#losses];
    this.#active = new ActiveRows(begin(examples), ['best']);
  }

  get isMoving(): boolean {
    return this.#active.examples.length > 0;
  }

  async step(step: number): Promise<void> {
    const { w, first, second, points, report } = advance(
      this.#classifier,
      this.#active.tensors,
      this.#settings,
      step + 1,
    );
    try {
      this.#active.replace({ w, first, second });
      this.#active.replaceWhere('best', this.#judge(await report.data()), points);
    } finally {
      tf.dispose([points, report]);
    }
  }

  /**
   * Retires the examples that meet the early stop, and those that are done.
   * @param steps - Since the last check.
   */
  async retire(steps: number): Promise<void> {
    const { earlyStop, learningRate } = this.#settings;
    const moved = earlyStop === 'settled' ? await this.#movedSinceCheck() : [];
    this.#active.retire((example, row) => {
      const loss = this.#losses[example] ?? 0;
      const isStalled = loss > (this.#seenLosses[example] ?? 0) * STALLED;
      const isSettled = (moved[row] ?? 0) <= SETTLED * learningRate * steps;
      this.#seenLosses[example] = loss;
      const isDone = (this.#distances[example] ?? 0) <= this.#settings.doneWithin;
      return isDone || (earlyStop !== 'never' && isStalled && isSettled);
    });
  }

  result(): Descent {
    return {
      best: this.#active.join('best'),
      distances: this.#distances,
      succeeded: this.#succeeded,
      steps: this.#steps,
      gradientsNotFinite: this.#notFinite,
    };
  }

  dispose(): void {
    this.#active.dispose();
  }

  /** Evaluates the report of each row; returns whether its point is the nearest misclassified one so far. */
  #judge(report: ArrayLike<number>): boolean[] {
    return this.#active.examples.map((example, row) => {
      const [loss = 0, distance = 0, lead = 0, notFinite = 0] = Array.from(
        { length: 4 },
        (_, j) => report[4 * row + j],
      );
      if (notFinite > 0) this.#notFinite[example] = 1;
      if (Number.isNaN(lead)) throw nanLogits(this.#where, 'a point of the descent');
      this.#losses[example] = loss;
      this.#steps[example] = (this.#steps[example] ?? 0) + 1;
      if (lead <= 0 || lead < this.#settings.confidence) return false;
      this.#succeeded[example] = true;
      if (distance >= (this.#distances[example] ?? 0)) return false;
      this.#distances[example] = distance;
      return true;
    });
  }

  /** The largest movement of each row's w since the last check; makes the present w that of the last check. */
  async #movedSinceCheck(): Promise<ArrayLike<number>> {
    const { w, seen } = this.#active.tensors;
    const farthest = tf.tidy(() => tf.max(tf.abs(flatRows(tf.sub(w, seen))), 1));
    this.#active.replace({ seen: tf.clone(w) });
    try {
      return await farthest.data();
    } finally {
      farthest.dispose();
    }
  }
}

function begin({ images, labels, constants, best }: DescentExamples): Moving {
  const w = tf.tidy(() => {
    const inside: tf.Tensor4D = tf.mul(INSIDE, tf.sub(tf.mul(2, images), 1));
    return tf.atanh(inside);
  });
  return {
    images: tf.clone(images),
    labels: tf.clone(labels),
    constants: tf.tensor1d([...constants]),
    w,
    seen: tf.clone(w),
    first: tf.zerosLike(images),
    second: tf.zerosLike(images),
    best: tf.clone(best),
  };
}

/** The points of w with their report, `[rows, 4]`: loss, squared distance, lead of the largest wrong logit over the true one, and 1 for a gradient that
 * is not finite; and the state after Adam's step from there. */
function advance(
  classifier: Classifier,
  { images, labels, constants, w, first, second }: Moving,
  { learningRate, confidence }: DescentSettings,
  count: number,
): Pick<Moving, 'w' | 'first' | 'second'> & { readonly points: tf.Tensor4D; readonly report: tf.Tensor2D } {
  return tf.tidy(() => {
    const { gradients, found } = inputGradients(() => {
      // tanh may round to a value beyond 1
      const points = tf.clipByValue(tf.mul<tf.Tensor4D>(0.5, tf.add(tf.tanh(w), 1)), 0, 1);
      const lead = margin(classifier.logits(points, 'inference'), labels);
      const moved: tf.Tensor4D = tf.sub(points, images);
      const distance = tf.squeeze(blockedSum(flatRows(tf.square(moved))), [1]);
      const loss = tf.add(distance, tf.mul(constants, tf.relu(tf.sub(confidence, lead))));
      return { value: tf.sum(loss), found: { points, report: tf.stack([loss, distance, lead], 1) as tf.Tensor2D } };
    }, [w]);
    const { gradient, notFinite } = finiteGradient(gradients[0] ?? tf.zerosLike(w));
    const mean: tf.Tensor4D = tf.add(tf.mul(ADAM.first, first), tf.mul(1 - ADAM.first, gradient));
    const square: tf.Tensor4D = tf.add(tf.mul(ADAM.second, second), tf.mul(1 - ADAM.second, tf.square(gradient)));
    const rate = (learningRate * Math.sqrt(1 - ADAM.second ** count)) / (1 - ADAM.first ** count);
    const moved: tf.Tensor4D = tf.sub(w, tf.mul(rate, tf.div(mean, tf.add(tf.sqrt(square), ADAM.tiny))));
    const report = tf.concat([found.report, tf.expandDims(notFinite, 1)], 1) as tf.Tensor2D;
    return { w: moved, first: mean, second: square, points: found.points, report };
  });
}
