import type { Batch, Classifier } from '@st/core';
import {
  checkChoice,
  checkClassifier,
  checkKinds,
  checkKnownOptions,
  checkNumber,
  checkObject,
  type Where,
} from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { checkExamples } from '../../ball/check-examples.ts';
import { betweenIterations } from '../between-iterations.ts';
import { checkImages } from '../check-images.ts';
import { replaceRows, takeRows } from '../take-rows.ts';
import { ConstantSearch } from './constant-search.ts';
import { type Descent, descend, EARLY_STOPS, type EarlyStop } from './descend.ts';

/** The settings of a run, without defaults. */
export type CarliniWagnerSettings = {
  /** Adam's steps for each constant. */
  readonly steps: number;
  /** Constants tried for each example. */
  readonly constants: number;
  readonly firstConstant: number;
  readonly learningRate: number;
  /** By how much the largest wrong logit must exceed the true one. */
  readonly confidence: number;
  /** An example is done once it is misclassified within this distance; 0 for the nearest point that all constants find. */
  readonly doneWithin: number;
  /** Default `'settled'`. */
  readonly earlyStop?: EarlyStop;
};

/** The result of a run, example by example. */
export type CarliniWagnerRun = {
  /** The nearest misclassified points, or the images where none was found. The caller disposes them. */
  readonly adversarial: tf.Tensor4D;
  /** Their l2 distances from the images; infinite where none was found. */
  readonly distances: Float64Array;
  /** Forward passes, and as many gradients. */
  readonly queries: Int32Array;
  /** 1 where a gradient had entries that are not finite. */
  readonly gradientsNotFinite: Uint8Array;
};

const WHERE: Where = '[@st/attacks] carliniWagnerRun';

/**
 * Searches for the nearest misclassified point in l2, with a binary search for each example's constant.
 * @throws {InvalidArgumentError} for an argument of another type or out of range; {ShapeError} for tensors of other shapes.
 * @throws the signal's reason when it is aborted.
 * @see Carlini and Wagner 2017, arXiv 1608.04644, sections V and VI-A
 */
export async function carliniWagnerRun(
  classifier: Classifier,
  batch: Pick<Batch, 'images' | 'labels'>,
  settings: CarliniWagnerSettings,
  signal?: AbortSignal,
): Promise<CarliniWagnerRun> {
  checkClassifier(WHERE, classifier);
  checkObject(WHERE, 'batch', batch, ['images', 'labels']);
  const { images, labels } = batch;
  checkExamples(WHERE, 'batch', { images, labels });
  checkCarliniWagnerSettings(WHERE, settings);
  checkKinds(WHERE, { signal }, { signal: 'signal' });
  await checkImages(WHERE, images);
  return carliniWagnerRunUnchecked(WHERE, classifier, batch, settings, signal);
}

/** `carliniWagnerRun` for `carliniWagnerAttack`, which has checked the arguments. */
export async function carliniWagnerRunUnchecked(
  where: Where,
  classifier: Classifier,
  { images, labels }: Pick<Batch, 'images' | 'labels'>,
  settings: CarliniWagnerSettings,
  signal: AbortSignal | undefined,
): Promise<CarliniWagnerRun> {
  const size = labels.shape[0];
  const pause = betweenIterations(signal);
  const search = new ConstantSearch(size, settings.firstConstant);
  const squares = new Array<number>(size).fill(Number.POSITIVE_INFINITY);
  const queries = new Int32Array(size);
  const gradientsNotFinite = new Uint8Array(size);
  const { earlyStop = 'settled' } = settings;
  const descentSettings = { ...settings, earlyStop, doneWithin: settings.doneWithin ** 2 };
  let best = tf.clone(images);
  try {
    for (let round = 0; round < settings.constants; round++) {
      const rows = squares.flatMap((square, row) => (square <= descentSettings.doneWithin ? [] : [row]));
      if (rows.length === 0) break;
      const examples = {
        ...{ images: takeRows(images, rows), labels: takeRows(labels, rows), best: takeRows(best, rows) },
        constants: rows.map((row) => search.constantOf(row)),
        distances: rows.map((row) => squares[row] ?? 0),
      };
      let descent: Descent | undefined;
      try {
        descent = await descend(where, classifier, examples, descentSettings, pause);
        for (const [i, row] of rows.entries()) {
          squares[row] = descent.distances[i] ?? 0;
          queries[row] = (queries[row] ?? 0) + (descent.steps[i] ?? 0);
          if (descent.gradientsNotFinite[i]) gradientsNotFinite[row] = 1;
          search.update(row, descent.succeeded[i] ?? false);
        }
        const next = replaceRows(best, rows, descent.best);
        best.dispose();
        best = next;
      } finally {
        tf.dispose([examples.images, examples.labels, examples.best, descent?.best ?? []]);
      }
    }
    return {
      adversarial: tf.clone(best),
      distances: Float64Array.from(squares, Math.sqrt),
      queries,
      gradientsNotFinite,
    };
  } finally {
    best.dispose();
  }
}

const KNOWN = [
  ...['steps', 'constants', 'firstConstant', 'learningRate'],
  ...['confidence', 'doneWithin', 'earlyStop'],
];

/**
 * Checks the settings of a run.
 * @throws {InvalidArgumentError} naming the setting.
 */
export function checkCarliniWagnerSettings(where: Where, settings: CarliniWagnerSettings): void {
  checkKnownOptions(where, settings, KNOWN);
  for (const name of ['steps', 'constants'] as const)
    checkNumber(where, name, settings[name], { min: 1, integer: true });
  for (const name of ['firstConstant', 'learningRate'] as const)
    checkNumber(where, name, settings[name], { min: 0, aboveMin: true });
  for (const name of ['confidence', 'doneWithin'] as const) checkNumber(where, name, settings[name], { min: 0 });
  if (settings.earlyStop !== undefined) checkChoice(where, 'earlyStop', settings.earlyStop, EARLY_STOPS);
}
