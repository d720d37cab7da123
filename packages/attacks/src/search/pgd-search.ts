import {
  type Batch,
  type BatchNormMode,
  type Classifier,
  InvalidArgumentError,
  type Rng,
  type Search,
  ShapeError,
} from '@st/core';
import {
  BATCH_NORM_MODES,
  checkChoice,
  checkKind,
  checkKnownOptions,
  checkNumber,
  describeValue,
  type Where,
} from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { clipAround } from '../ball/clip-around.ts';
import { RANDOM_STARTS } from '../ball/random-start.ts';
import { checkStart, type Start, startPoints } from '../ball/start-points.ts';
import { type AscentLoss, checkAscentLoss } from '../step/ascent-loss.ts';
import type { CheckedAscent } from '../step/ascent-step.ts';
import { checkSearchOptions, type SearchOptions } from '../step/check-search-options.ts';
import { checkSearch, climb } from './climb.ts';

/** Target classes, int32 `[batch]`: a tensor, or a function of the batch whose result the search disposes. */
export type Targets = tf.Tensor1D | ((batch: Batch, classifier: Classifier) => tf.Tensor1D);

export type PgdSearchOptions = SearchOptions & {
  /** Default `'uniform'` in the ball. A tensor is a perturbation to add to the images, kept by the caller. */
  readonly start?: Start;
  /** Clips the start to [0, 1], as AWP's published code does. Default false: most published searches leave it as it is. */
  readonly clipStart?: boolean;
  /** Batch-norm mode of every forward pass. Default `'inference'`. */
  readonly mode?: BatchNormMode;
  /** Default `'cross-entropy'`; `'margin'` is the attack known as CW. */
  readonly ascend?: AscentLoss;
  /** Makes the search targeted: it lowers the loss at these classes. */
  readonly targets?: Targets;
  /** Number of starts to try; more than 1 needs a random start. Default 1. */
  readonly restarts?: number;
  /**
   * The points to keep, example by example: those of the `'last'` restart or of the `'strongest'`, for which every restart ends in one more forward
   * pass (which updates the running statistics under `mode: 'batch-tracking'`; skipped if a single restart makes it needless). Default: the
   * strongest of several.
   */
  readonly keep?: 'last' | 'strongest';
};

const KNOWN = ['threat', 'steps', 'stepSize', 'start', 'clipStart', 'mode', 'ascend', 'targets', 'restarts', 'keep'];

/**
 * Projected gradient descent: `steps` times z <- P(z + stepSize d(grad_z loss)), from a start in the ball around each image.
 *
 * The attack of AWP's published training code is `{ clipStart: true, mode: 'batch-tracking', keep: 'strongest' }`, in l2 with `start: 'radial'`.
 * @returns A search for the `adversarial` view.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const { adversarial } = pgdSearch({ threat: CIFAR10_LINF, ...PGD_20 })(classifier, batch, createRng(1));
 * @see Madry et al. 2018, arXiv 1706.06083, section 2.1
 */
export function pgdSearch(options: PgdSearchOptions): Search<'adversarial'> {
  return buildPgd('[@st/attacks] pgdSearch', options);
}

/** `pgdSearch` under the name of the function that the user called, for errors. */
export function buildPgd(where: Where, options: PgdSearchOptions): Search<'adversarial'> {
  const attack = checkPgdOptions(where, options);
  return (classifier, batch, rng) => {
    checkSearch(where, { classifier, batch, rng }, attack.threat);
    return tf.tidy(() => ({
      adversarial: bestOfRestarts(attack, classifier, aimedAt(attack, classifier, batch), rng),
    }));
  };
}

type CheckedPgd = CheckedAscent & {
  readonly where: Where;
  readonly steps: number;
  readonly start: Start;
  readonly clipStart: boolean;
  readonly targets: Targets | undefined;
  readonly restarts: number;
  readonly keep: 'last' | 'strongest';
};

function checkPgdOptions(where: Where, options: PgdSearchOptions): CheckedPgd {
  checkKnownOptions(where, options, KNOWN);
  const { targets, clipStart = false } = options;
  checkKind(where, 'clipStart', clipStart, 'switch');
  checkTargets(where, targets);
  const restarts = checkNumber(where, 'restarts', options.restarts ?? 1, { min: 1, integer: true });
  const start = checkStart(where, options.start ?? 'uniform', ['natural', ...RANDOM_STARTS]);
  const keep = checkChoice(where, 'keep', options.keep ?? (restarts > 1 ? 'strongest' : 'last'), ['last', 'strongest']);
  if (restarts > 1 && (start === 'natural' || start instanceof tf.Tensor)) {
    const got = `${restarts} restarts from ${start instanceof tf.Tensor ? 'one tensor' : "'natural'"}`;
    throw new InvalidArgumentError(
      `${where}: restarts must start at random, got ${got}, all the same. Use start 'uniform', 'gaussian' or 'radial'.`,
      { argument: 'restarts', received: restarts },
    );
  }
  if (restarts > 1 && keep === 'last') {
    throw new InvalidArgumentError(
      `${where}: keep must be 'strongest' with several restarts, got 'last', which throws all but one away.`,
      { argument: 'keep', received: keep },
    );
  }
  return {
    where,
    ...checkSearchOptions(where, options),
    mode: checkChoice(where, 'mode', options.mode ?? 'inference', BATCH_NORM_MODES),
    ascend: checkAscentLoss(where, options.ascend ?? 'cross-entropy'),
    direction: targets === undefined ? 'up' : 'down',
    start,
    clipStart,
    targets,
    restarts,
    keep,
  };
}

function checkTargets(where: Where, targets: unknown): void {
  if (targets === undefined || targets instanceof tf.Tensor || typeof targets === 'function') return;
  throw new InvalidArgumentError(
    `${where}: targets must be a tensor or a function (batch, classifier) => targets, got ${describeValue(targets)}. Use tf.tensor1d(values, "int32").`,
    { argument: 'targets', received: targets },
  );
}

/** The batch with the targets, if there are any, in place of the labels. */
function aimedAt({ where, targets }: CheckedPgd, classifier: Classifier, batch: Batch): Batch {
  if (targets === undefined) return batch;
  const labels = typeof targets === 'function' ? targets(batch, classifier) : targets;
  const isFitting =
    labels instanceof tf.Tensor && labels.dtype === 'int32' && labels.shape.join() === batch.labels.shape.join();
  if (isFitting) return { ...batch, labels };
  throw new ShapeError(
    `${where}: targets must be int32 [${batch.labels.shape}], one class an example, got ${describeValue(labels)}. Use tf.tensor1d(values, "int32").`,
    { argument: 'targets', received: labels },
  );
}

function bestOfRestarts(attack: CheckedPgd, classifier: Classifier, batch: Batch, rng: Rng): tf.Tensor4D {
  let best = attackOnce(attack, classifier, batch, rng);
  for (let restart = 1; restart < attack.restarts; restart++) {
    const other = attackOnce(attack, classifier, batch, rng);
    const stronger = tf.tidy(() => strongerOf(best, other));
    tf.dispose([best, other]);
    best = stronger;
  }
  return best.points;
}

/** Points and their strength; higher is stronger. */
type Attempt = { points: tf.Tensor4D; strength: tf.Tensor1D };

function attackOnce(attack: CheckedPgd, classifier: Classifier, batch: Batch, rng: Rng): Attempt {
  return tf.tidy(() => {
    const drawn = startPoints(attack.where, attack.start, attack.threat, batch.images, rng);
    const start = attack.clipStart ? clipAround(drawn, batch.images) : drawn;
    const points = climb(classifier, batch, start, attack);
    // With one restart there is nothing to compare; the pass is needed only if it updates running statistics.
    const judge = attack.keep === 'strongest' && (attack.restarts > 1 || attack.mode === 'batch-tracking');
    const strength = judge
      ? strengthAt(attack, classifier, points, batch.labels)
      : tf.zeros<tf.Rank.R1>(batch.labels.shape);
    return { points, strength };
  });
}

function strengthAt(attack: CheckedPgd, classifier: Classifier, points: tf.Tensor4D, labels: tf.Tensor1D): tf.Tensor1D {
  const losses = attack.ascend.lossOf(classifier.logits(points, attack.mode), labels);
  return attack.direction === 'up' ? losses : tf.neg(losses);
}

/** Example by example; at equal strength the later, as in AWP's published code. */
function strongerOf(one: Attempt, other: Attempt): Attempt {
  const wins = tf.greaterEqual(other.strength, one.strength);
  const row = tf.reshape(wins, [wins.size, 1, 1, 1]);
  return {
    points: tf.where(row, other.points, one.points),
    strength: tf.where(wins, other.strength, one.strength),
  };
}
