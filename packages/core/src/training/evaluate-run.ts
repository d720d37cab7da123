import { recomputeStatistics } from '../averaging/recompute-statistics.ts';
import type { Dataset } from '../dataset.ts';
import { criterionOf } from './criterion.ts';
import { type Evaluation, evaluate } from './evaluate.ts';
import { emit, type FitRun, saveCheckpoint, stepsAt } from './fit-run.ts';

/** Evaluates if an evaluation is due at the current position; returns false if the signal stopped it. */
export async function evaluateIfDue(run: FitRun): Promise<boolean> {
  const { validation, signal } = run.options;
  if (!validation || !isDue(run)) return true;
  await saveCheckpoint(run, 'last'); // an evaluation can take longer than the epoch
  const start = performance.now();
  try {
    const found = await evaluateAll(run, validation);
    await conclude(run, found, (performance.now() - start) / 1000);
    return true;
  } catch (error) {
    if (signal?.aborted && error === signal.reason) return false;
    throw error;
  }
}

function isDue(run: FitRun): boolean {
  const { position, plan, options } = run;
  const { every = 1, everySteps = Number.POSITIVE_INFINITY } = options.evaluation ?? {};
  const { epoch, step, evaluated } = position;
  const taken = stepsAt(run, position);
  if (evaluated === taken) return false; // also at 0 steps
  const endsEpoch = step === plan.stepsOf(epoch) && (epoch % every === 0 || epoch === plan.epochs);
  return endsEpoch || taken % everySteps === 0;
}

type Found = {
  readonly evaluation: Evaluation;
  readonly averaged: Evaluation | null;
  readonly training: Evaluation | null;
};

/** Evaluates the raw weights, the averaged weights, and the monitored training examples with the weights that determine the score. */
async function evaluateAll(run: FitRun, validation: Dataset): Promise<Found> {
  const { average, options } = run;
  const count = options.evaluation?.trainingExamples;
  const examples = options.evaluation?.examples;
  const evaluation = await evaluateOn(run, validation, examples);
  const monitor = async (): Promise<Evaluation | null> =>
    count === undefined ? null : evaluateOn(run, monitored(run, count), count);
  if (!average || average.updates === 0) return { evaluation, averaged: null, training: await monitor() };
  await refreshAverageStatistics(run, options.signal);
  return average.during(async () => {
    const averaged = await evaluateOn(run, validation, examples);
    return { evaluation, averaged, training: await monitor() };
  });
}

function evaluateOn(run: FitRun, dataset: Dataset, examples: number | undefined): Promise<Evaluation> {
  const { evaluation = {}, batchSize, seed, signal } = run.options;
  const { search } = evaluation;
  return evaluate(run.classifier, dataset, {
    batchSize: evaluation.batchSize ?? batchSize,
    seed,
    ...(search && { search }),
    ...(examples !== undefined && { examples }),
    ...(signal && { signal }),
  });
}

/** A fixed subset of the training examples, without augmentation. */
function monitored({ train, rng }: FitRun, count: number): Dataset {
  const chosen = rng.split('monitored training examples').permutation(train.size).subarray(0, count);
  return {
    name: `${count} of ${train.name}`,
    size: count,
    classes: train.classes,
    imageShape: train.imageShape,
    batch: (indices) => train.batch(Array.from(indices, (index) => chosen[index] ?? 0)),
  };
}

/** Recomputes the statistics of the averaged weights if they are to be recomputed and are out of date. */
export async function refreshAverageStatistics(run: FitRun, signal: AbortSignal | undefined): Promise<void> {
  const { average, classifier, train, options, rng } = run;
  if (!average || average.updates === 0 || average.hasStatistics) return;
  const stream = rng.split(`statistics ${average.updates}`);
  const { batchSize } = options;
  await average.recompute(() => recomputeStatistics(classifier, train, { batchSize, rng: stream, signal }));
}

async function conclude(run: FitRun, { evaluation, averaged, training }: Found, seconds: number): Promise<void> {
  const { epoch, best, sinceBest } = run.position;
  const step = stepsAt(run, run.position);
  const criterion = criterionOf(run.options);
  const score = criterion.score(averaged ?? evaluation);
  const gap = training && criterion.score(training) - score;
  const isBest = best === null || score > best.score;
  await emit(run, {
    type: 'evaluation',
    epoch,
    step,
    evaluation,
    averaged,
    score,
    criterion: criterion.name,
    best: isBest,
    training,
    gap,
    seconds,
  });
  const stale = isBest ? 0 : sinceBest + 1;
  const stopsEarly = stale >= (run.options.evaluation?.patience ?? Number.POSITIVE_INFINITY);
  run.position = {
    ...run.position,
    evaluated: step,
    sinceBest: stale,
    ...(isBest && { best: { score, epoch, step } }),
    ...(stopsEarly && { stopped: 'stopped-early' }),
  };
  if (isBest) await saveCheckpoint(run, 'best');
}
