import * as tf from '@tensorflow/tfjs-core';

import { untracked } from '../classifier/untracked.ts';
import { assignWeights, copyWeights } from '../classifier/weight-values.ts';
import type { Examples } from '../contracts/view.ts';
import type { Rng } from '../rng.ts';
import type { Progress } from '../schedules/schedule.ts';
import { UNLABELED } from '../unlabeled.ts';
import { countCorrect } from './evaluate.ts';
import type { CatastrophicOverfittingOptions } from './fit-options.ts';
import { emit, type FitRun, stepsAt } from './fit-run.ts';

/** The random streams of one step. */
type StepStreams = { readonly augmentation: Rng; readonly search: Rng };

/** Wong et al. 2020, "Fast is better than free", arXiv 2001.03994, section 5.4 and its code: a drop of 20 points exceeds the noise of a batch. */
const TOLERANCE = 0.2;

/** The largest accepted difference of the accuracies. */
export function toleranceOf({ tolerance = TOLERANCE }: CatastrophicOverfittingOptions): number {
  return tolerance;
}

/** The step after which the check runs: its images, position and fresh random streams, from which the check reproduces batch and examples. */
export type TakenStep = { readonly indices: Int32Array; readonly progress: Progress; readonly streams: StepStreams };

/**
 * Checks for catastrophic overfitting after a step, if a check is due: compares the accuracy on the training examples of its batch with that under the
 * stronger attack on the same images. Does not change the weights, the running statistics, or the random streams of training.
 */
export async function checkOverfitting(run: FitRun, taken: TakenStep): Promise<void> {
  const options = run.options.catastrophicOverfitting;
  if (!options || !isDue(run, options)) return;
  const found = await accuracies(run, taken, options);
  if (!found) return;
  const { training, attacked } = found;
  const overfitted = training - attacked > toleranceOf(options);
  const step = stepsAt(run, run.position);
  const stops = options.action === 'stop';
  const rolledBack = overfitted && stops ? run.position.lastGood : null;
  if (stops && !overfitted) {
    const before = [...run.lastGood.values()];
    for (const [name, value] of copyWeights(run.classifier)) run.lastGood.set(name, value);
    tf.dispose(before);
    run.position = { ...run.position, lastGood: step };
  }
  if (overfitted && stops) {
    assignWeights(run.classifier, run.lastGood);
    run.position = { ...run.position, stopped: 'catastrophic-overfitting' };
  }
  const { epoch } = run.position;
  await emit(run, { type: 'overfitting-check', epoch, step, training, attacked, overfitted, rolledBack });
}

function isDue({ position, plan }: FitRun, { everySteps }: CatastrophicOverfittingOptions): boolean {
  if (everySteps === undefined) return position.step === plan.stepsOf(position.epoch);
  return ((position.epoch - 1) * plan.stepsPerEpoch + position.step) % everySteps === 0;
}

/**
 * The accuracies on the labeled images. Null if there are none, or if the step does not train on adversarial examples, as in natural training and at the
 * beginning of a delayed objective.
 */
async function accuracies(
  { classifier, options, carried, train }: FitRun,
  { indices, progress, streams }: TakenStep,
  { search }: CatastrophicOverfittingOptions,
): Promise<{ training: number; attacked: number } | null> {
  const frozen = untracked(classifier);
  const batch = train.batch(indices, streams.augmentation);
  let examples: Examples | undefined;
  try {
    const labels = await batch.labels.data();
    examples = options.objective.search(frozen, batch, streams.search, { progress, carried });
    const { adversarial } = examples.views;
    const labeled = labels.filter((label) => label !== UNLABELED).length;
    if (!adversarial || labeled === 0) return null;
    const found = search(frozen, batch, streams.search.split('stronger attack'));
    try {
      const training = await countCorrect(frozen, adversarial, labels, 'training examples');
      const attacked = await countCorrect(frozen, found.adversarial, labels, 'examples of the stronger attack');
      return { training: training / labeled, attacked: attacked / labeled };
    } finally {
      tf.dispose(found);
    }
  } finally {
    tf.dispose([batch, examples ?? []]);
  }
}
