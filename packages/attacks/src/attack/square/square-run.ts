import type { Batch, Classifier, ThreatModel } from '@st/core';
import { checkChoice, checkClassifier, checkKinds, checkObject, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkBatchFits } from '../../ball/check-batch-fits.ts';
import { checkThreat } from '../../ball/threat.ts';
import { ActiveRows } from '../active-rows.ts';
import type { Judge } from '../attack.ts';
import { betweenIterations } from '../between-iterations.ts';
import { checkImages } from '../check-images.ts';
import { SETTLED } from '../judged-points.ts';
import { takeRows } from '../take-rows.ts';
import { movesInNorm } from './moves-in-norm.ts';
import { checkedDraws, type SquareDraws } from './square-draws.ts';
import { checkSquareSchedule, type SquareSchedule, squareFraction, squareSide } from './square-schedule.ts';
import { SQUARE_LOSSES, type SquareLoss, SquareScores } from './square-scores.ts';

/** The settings of one run of Square, without defaults. */
export type SquareSettings = SquareSchedule & {
  readonly threat: ThreatModel;
  readonly loss: SquareLoss;
  /** For models whose outputs are random: an example is retired once the judge confirms that it is fooled, not after one wrong pass. */
  readonly judge?: Judge | undefined;
};

/** The result of one run, example by example. */
export type SquareRun = {
  /** The points of least loss, shape of the images; the caller disposes them. */
  readonly best: tf.Tensor4D;
  /** z_y - max_{j != y} z_j at `best`; an example was retired once this was not above 0. */
  readonly margins: Float32Array;
  /** 1 where the prediction at `best` is wrong; of equal logits the lower class counts. */
  readonly found: Uint8Array;
  /** Forward passes: one for the start and one an iteration, until the example was fooled. */
  readonly queries: Int32Array;
};

const WHERE: Where = '[@st/attacks] squareRun';

/**
 * One run of Square: random search without gradients, which changes square windows of the points and keeps a change where it lowers the loss
 * or fools the classifier.
 * @param draws - The random numbers; those of a published run reproduce it.
 * @throws {ShapeError} or {InvalidArgumentError} for an argument of another type or out of range; the signal's reason when it is aborted.
 * @see Andriushchenko et al. 2020, Square Attack, arXiv 1912.00049, algorithm 1
 */
export async function squareRun(
  classifier: Classifier,
  batch: Batch,
  settings: SquareSettings,
  draws: SquareDraws,
  signal?: AbortSignal,
): Promise<SquareRun> {
  checkClassifier(WHERE, classifier);
  checkRun(settings, signal);
  const drawn = checkedDraws(WHERE, draws);
  checkBatchFits(WHERE, batch, settings.threat);
  await checkImages(WHERE, batch.images);
  return squareRunUnchecked(WHERE, classifier, batch, settings, drawn, signal);
}

/** `squareRun` for `squareAttack`, which has checked the arguments. */
export async function squareRunUnchecked(
  where: Where,
  classifier: Classifier,
  batch: Batch,
  settings: SquareSettings,
  draws: SquareDraws,
  signal: AbortSignal | undefined,
): Promise<SquareRun> {
  const pause = betweenIterations(signal);
  const moves = movesInNorm(settings.threat);
  const shape = [batch.images.shape[1], batch.images.shape[2], batch.images.shape[3]] as const;
  const scores = new SquareScores(where, await batch.labels.data(), classifier.classes, settings.loss);
  const examples = [...Array(batch.images.shape[0]).keys()];
  const best = moves.start({ natural: batch.images, examples }, draws);
  const active: ActivePoints = new ActiveRows({ natural: tf.clone(batch.images), best }, ['best']);
  try {
    scores.start(await ask(classifier, best));
    await retireFooled(classifier, batch, active, scores, settings.judge);
    for (let iteration = 0; iteration < settings.queries && active.examples.length > 0; iteration++) {
      await pause();
      const side = squareSide(settings.threat.norm, squareFraction(iteration, settings), shape);
      const { natural, best } = active.tensors;
      const candidates = moves.propose({ natural, examples: active.examples }, best, side, draws);
      try {
        const isBetter = scores.compare(active.examples, await ask(classifier, candidates));
        active.replaceWhere('best', isBetter, candidates);
      } finally {
        candidates.dispose();
      }
      await retireFooled(classifier, batch, active, scores, settings.judge);
    }
    return { best: active.join('best'), ...scores.result() };
  } finally {
    active.dispose();
  }
}

/** The natural images of the active examples, and their points of least loss so far. */
type ActivePoints = ActiveRows<{ readonly natural: tf.Tensor4D; readonly best: tf.Tensor4D }, 'best'>;

function checkRun(settings: SquareSettings, signal: AbortSignal | undefined): void {
  checkObject(WHERE, 'settings', settings, ['threat', 'loss', 'pInit', 'queries', 'rescale', 'judge']);
  checkThreat(WHERE, settings.threat);
  checkChoice(WHERE, 'loss', settings.loss, SQUARE_LOSSES);
  checkSquareSchedule(WHERE, settings);
  checkKinds(WHERE, { signal, judge: settings.judge }, { signal: 'signal', judge: 'function' });
}

/** Retires the fooled examples. If a judge does not confirm one, the wrong pass was chance: its point is scored again, and the example stays active. */
async function retireFooled(
  classifier: Classifier,
  { labels }: Batch,
  active: ActivePoints,
  scores: SquareScores,
  judge: Judge | undefined,
): Promise<void> {
  const rows = active.examples.flatMap((example, row) => (scores.isFooled(example) ? [row] : []));
  if (!judge || rows.length === 0) return active.retire(scores.isFooled);
  const fooled = rows.map((row) => active.examples[row] ?? -1);
  const points = takeRows(active.tensors.best, rows);
  const theirs = takeRows(labels, fooled);
  try {
    const shares = await judge(points, theirs);
    const isSettled = (row: number): boolean => (shares[row] ?? 0) >= SETTLED;
    const settled = fooled.filter((_, row) => isSettled(row));
    if (settled.length < fooled.length) scores.renew(fooled, await ask(classifier, points), settled);
    active.retire((example) => settled.includes(example));
  } finally {
    tf.dispose([points, theirs]);
  }
}

async function ask(classifier: Classifier, points: tf.Tensor4D): Promise<ArrayLike<number>> {
  const logits = classifier.logits(points, 'inference');
  try {
    return await logits.data();
  } finally {
    logits.dispose();
  }
}
