import type { Classifier, ThreatModel } from '@st/core';
import { checkChoice, checkClassifier, checkKinds, checkKnownOptions, checkNumber, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkExamples } from '../../ball/check-examples.ts';
import { checkThreat } from '../../ball/threat.ts';
import { ActiveRows } from '../active-rows.ts';
import { betweenIterations } from '../between-iterations.ts';
import { checkImages } from '../check-images.ts';
import { nanLogits } from '../natural-logits.ts';
import { apgdCheckpoints } from './apgd-checkpoints.ts';
import { APGD_LOSSES, type ApgdLoss } from './apgd-loss.ts';
import { apgdMove } from './apgd-move.ts';
import {
  type ApgdExamples,
  type ApgdPoints,
  type ApgdQuestion,
  type ApgdReport,
  advancePoints,
  backToBest,
  beginPoints,
  readApgdReport,
} from './apgd-points.ts';
import { type ApgdSchedule, apgdSchedule } from './apgd-schedule.ts';

export type ApgdRunOptions = {
  readonly threat: ThreatModel;
  readonly loss: ApgdLoss;
  readonly iterations: number;
  /** Fraction of the iterations between two checkpoints that must raise the loss. */
  readonly rho: number;
  /** Forward passes whose gradients are averaged, for randomized models. */
  readonly eot: number;
  /** `'last'`: every example is attacked to the end, as published; `'first'`: until it is misclassified. */
  readonly keep: 'last' | 'first';
  /** `'random'`: the start is a random draw; `'points'`: it is the result of another run, whose sparsity the l1 schedule continues from. */
  readonly from: 'random' | 'points';
  readonly signal?: AbortSignal | undefined;
  /** Called after every iteration. */
  readonly trace?: ((iteration: ApgdIteration) => void) | undefined;
};

/** One iteration, the argument of `trace`; lists have an entry for each active example. */
export type ApgdIteration = {
  /** Counted from 0. */
  readonly iteration: number;
  /** Indices of the active examples in the run's batch. */
  readonly rows: readonly number[];
  /** Before the iteration; the run disposes them. */
  readonly points: tf.Tensor4D;
  /** Used in the iteration. */
  readonly stepSizes: readonly number[];
  /** Distance of checkpoints at this iteration. */
  readonly interval: number;
  /** At the points after the iteration. */
  readonly losses: readonly number[];
  readonly bestLosses: readonly number[];
  /** Whether the points after the iteration are misclassified. */
  readonly isWrong: readonly boolean[];
};

/** The result of a run. The caller disposes the tensors. */
export type ApgdRun = {
  /** The last misclassified point of each example, or its start where there is none. */
  readonly adversarial: tf.Tensor4D;
  /** The point of the largest loss, misclassified or not. */
  readonly best: tf.Tensor4D;
  readonly bestLosses: Float32Array;
  readonly found: Uint8Array;
  readonly queries: Int32Array;
  readonly gradientCalls: Int32Array;
  /** 1 where a gradient had entries that are not finite, which were replaced. */
  readonly gradientsNotFinite: Uint8Array;
};

const WHERE: Where = '[@st/attacks] apgdRun';

/**
 * One run of APGD from given points: `iterations` steps, each example with its own schedule. Forward passes: `eot` at the start and after
 * every step, one after the last; as many gradients, except after the last. Reads the device once an iteration.
 * @param start - In the ball and the box; borrowed, as the examples are.
 * @throws {InvalidArgumentError} for an argument of another type or out of range, and if logits are NaN; {ShapeError} for tensors of other shapes.
 * @throws the signal's reason when it is aborted.
 * @see Croce and Hein 2020, arXiv 2003.01690, algorithm 1
 */
export async function apgdRun(
  classifier: Classifier,
  examples: ApgdExamples,
  start: tf.Tensor4D,
  options: ApgdRunOptions,
): Promise<ApgdRun> {
  checkClassifier(WHERE, classifier);
  checkExamples(WHERE, 'examples', examples, { start });
  checkRunOptions(options);
  await checkImages(WHERE, examples.images);
  return apgdRunUnchecked(WHERE, classifier, examples, start, options);
}

/** `apgdRun` for `apgdAttack`, which has checked the arguments. */
export async function apgdRunUnchecked(
  where: Where,
  classifier: Classifier,
  examples: ApgdExamples,
  start: tf.Tensor4D,
  options: ApgdRunOptions,
): Promise<ApgdRun> {
  const pause = betweenIterations(options.signal);
  const run = new Run(where, classifier, examples, start, options);
  try {
    await run.begin();
    for (let iteration = 0; iteration < options.iterations && run.isAttacking; iteration++) {
      await pause();
      await run.iterate(iteration);
    }
    return run.end();
  } finally {
    run.dispose();
  }
}

const KNOWN = ['threat', 'loss', 'iterations', 'rho', 'eot', 'keep', 'from', 'signal', 'trace'];

function checkRunOptions(options: ApgdRunOptions): void {
  checkKnownOptions(WHERE, options, KNOWN);
  checkThreat(WHERE, options.threat);
  checkChoice(WHERE, 'loss', options.loss, APGD_LOSSES);
  checkNumber(WHERE, 'iterations', options.iterations, { min: 1, integer: true });
  checkNumber(WHERE, 'rho', options.rho, { min: 0, max: 1 });
  checkNumber(WHERE, 'eot', options.eot, { min: 1, integer: true });
  checkChoice(WHERE, 'keep', options.keep, ['last', 'first']);
  checkChoice(WHERE, 'from', options.from, ['random', 'points']);
  checkKinds(WHERE, options, { signal: 'signal', trace: 'function' });
}

/** The tensors of a run, a row for each active example. */
type Attacked = ApgdExamples & ApgdPoints;

/** The state of a run. */
class Run {
  readonly #where: Where;
  readonly #classifier: Classifier;
  readonly #options: ApgdRunOptions;
  readonly #intervals: readonly number[];
  readonly #pixels: number;
  readonly #bestLosses: Float32Array;
  readonly #found: Uint8Array;
  readonly #queries: Int32Array;
  readonly #gradientCalls: Int32Array;
  readonly #gradientsNotFinite: Uint8Array;
  readonly #active: ActiveRows<Attacked, 'wrong' | 'best'>;
  /** Of the active examples. */
  #schedules: readonly ApgdSchedule[] = [];
  #report: tf.Tensor2D;

  constructor(
    where: Where,
    classifier: Classifier,
    examples: ApgdExamples,
    start: tf.Tensor4D,
    options: ApgdRunOptions,
  ) {
    this.#where = where;
    const size = start.shape[0];
    this.#classifier = classifier;
    this.#options = options;
    this.#intervals = apgdCheckpoints(options.threat.norm, options.iterations).intervals;
    this.#pixels = start.size / size;
    this.#bestLosses = new Float32Array(size);
    this.#found = new Uint8Array(size);
    this.#queries = new Int32Array(size);
    this.#gradientCalls = new Int32Array(size);
    this.#gradientsNotFinite = new Uint8Array(size);
    const { points, report } = beginPoints(this.#question(options.eot), examples, start);
    this.#report = report;
    this.#active = new ActiveRows<Attacked, 'wrong' | 'best'>({ ...cloneOf(examples), ...points }, ['wrong', 'best']);
  }

  get isAttacking(): boolean {
    return this.#active.examples.length > 0;
  }

  async begin(): Promise<void> {
    const { threat, iterations, rho, eot, from } = this.#options;
    const report = await this.#read(eot);
    this.#schedules = report.losses.map((startLoss, i) => {
      const moved = from === 'points' ? (report.moved[i] ?? 0) : null;
      return apgdSchedule({ ...threat, iterations, rho, startLoss, pixels: this.#pixels, moved });
    });
    this.#judge(report);
  }

  async iterate(iteration: number): Promise<void> {
    const { threat, iterations, eot } = this.#options;
    const isLast = iteration === iterations - 1;
    const passes = isLast ? 0 : eot;
    const stepSizes = this.#schedules.map(({ stepSize }) => stepSize);
    const leftOut = this.#schedules.map((schedule) => schedule.leftOut);
    const before = this.#active.tensors;
    const points = apgdMove(threat, { ...before, stepSizes, leftOut, isFirst: iteration === 0 });
    try {
      const next = advancePoints(this.#question(passes), before, points);
      this.#active.replace(next.points);
      this.#report = next.report;
      const report = await this.#read(passes);
      const back = this.#schedules.map((schedule, i) => schedule.finish(report.losses[i] ?? 0, report.moved[i] ?? 0));
      this.#tell(iteration, stepSizes, report);
      if (back.includes(true) && !isLast) this.#active.replace(backToBest(this.#active.tensors, back));
      this.#judge(report);
    } finally {
      points.dispose();
    }
  }

  end(): ApgdRun {
    this.#finish(() => true);
    const counts = { queries: this.#queries, gradientCalls: this.#gradientCalls };
    const gradientsNotFinite = this.#gradientsNotFinite;
    const found = { found: this.#found, bestLosses: this.#bestLosses };
    return {
      adversarial: this.#active.join('wrong'),
      best: this.#active.join('best'),
      ...found,
      ...counts,
      gradientsNotFinite,
    };
  }

  dispose(): void {
    this.#active.dispose();
    this.#report.dispose();
  }

  #question(passes: number): ApgdQuestion {
    return { classifier: this.#classifier, loss: this.#options.loss, passes };
  }

  async #read(passes: number): Promise<ApgdReport> {
    const report = await readApgdReport(this.#report);
    if (report.hasNaN.includes(true)) throw nanLogits(this.#where, 'points of the attack');
    for (const [i, row] of this.#active.examples.entries()) {
      if (report.gradientNotFinite[i]) this.#gradientsNotFinite[row] = 1;
      this.#queries[row] = (this.#queries[row] ?? 0) + Math.max(passes, 1);
      this.#gradientCalls[row] = (this.#gradientCalls[row] ?? 0) + passes;
    }
    return report;
  }

  #tell(iteration: number, stepSizes: readonly number[], { losses, isWrong }: ApgdReport): void {
    const { examples: rows, tensors } = this.#active;
    const bestLosses = this.#schedules.map(({ bestLoss }) => bestLoss);
    const interval = this.#intervals[iteration] ?? 1;
    const points = tensors.previous;
    this.#options.trace?.({ iteration, rows, points, stepSizes, interval, losses, bestLosses, isWrong });
  }

  /** Notes which examples are misclassified; with `keep: 'first'` they are done. */
  #judge({ isWrong }: ApgdReport): void {
    for (const [row, example] of this.#active.examples.entries()) if (isWrong[row]) this.#found[example] = 1;
    if (this.#options.keep === 'first') this.#finish((row) => isWrong[row] ?? false);
  }

  #finish(isDone: (row: number) => boolean): void {
    for (const [row, example] of this.#active.examples.entries())
      if (isDone(row)) this.#bestLosses[example] = this.#schedules[row]?.bestLoss ?? Number.NaN;
    this.#schedules = this.#schedules.filter((_, row) => !isDone(row));
    this.#active.retire((_example, row) => isDone(row));
  }
}

function cloneOf({ images, labels, targets }: ApgdExamples): ApgdExamples {
  return { images: tf.clone(images), labels: tf.clone(labels), ...(targets && { targets: tf.clone(targets) }) };
}
