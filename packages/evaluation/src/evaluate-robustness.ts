import { createRng } from '@st/core';
import { digestOfModel, type JsonObject, nextTurn } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { withoutRounding } from './checked-dataset.ts';
import { type EvaluateRobustnessOptions, type EvaluationPlan, planEvaluation, WHERE } from './evaluation-options.ts';
import { type EvaluationRun, runPart, source } from './evaluation-run.ts';
import { type ExaminedData, examineData } from './examine-data.ts';
import { type ExampleState, standingOf } from './example-state.ts';
import { type NotFiniteGradients, notFiniteFlags } from './flags/outcome-flags.ts';
import { probeAfter, probeBefore, probeRandomness } from './flags/probes.ts';
import { measureDistances } from './measure-distances.ts';
import { predict } from './predict.ts';
import { buildReport } from './report/build-report.ts';
import type { FailedAttack, RobustnessReport } from './report/robustness-report.ts';
import { runAttack } from './run-attack.ts';
import { arrayIn } from './state/entry-values.ts';
import { noJournal, openJournal } from './state/journal.ts';
import { curvePoints, traceCurve } from './trace-curve.ts';

/**
 * Evaluates the robustness of a classifier: first the natural accuracy, then each attack on the examples that the attacks before it did not
 * break. Robust accuracy is the worst case over all attacks, per example.
 *
 * Every point that an attack claims is checked and classified again. A point that passes counts at every radius that it lies within,
 * whichever part of the run found it. Signs that the results are not reliable become flags of the report. If an attack throws an `StError` of its
 * own or the model has no gradient, the report says so and the evaluation continues without that attack; any other error ends it.
 *
 * With `state`, every finished batch is on disk before the next one begins. After a kill at any instant, `resume: true` continues with the
 * next batch and gives the same report, except for `timing`. Random streams belong to (seed, attack, example), not to batches.
 * @returns The report, plain JSON.
 * @throws {InvalidArgumentError} for an option out of range, an empty data set, or a data set that does not fit the model.
 * @throws {CheckpointError} if `state` holds another evaluation, or holds this one and `resume` is false.
 * @throws `signal.reason` if the signal is aborted.
 * @example
 * const report = await evaluateRobustness({ classifier, dataset, attacks: autoAttack({ threat: linf(8 / 255), classes: 10 }).attacks, seed: 0 });
 * @see Carlini et al. 2019, "On Evaluating Adversarial Robustness", arXiv 1902.06705; Croce and Hein 2020, arXiv 2003.01690
 */
export async function evaluateRobustness(options: EvaluateRobustnessOptions): Promise<RobustnessReport> {
  const { plan, data } = await readData(planEvaluation(options));
  const modelDigest = await digestOfModel(plan.classifier);
  const { state, resume = false, batchSize } = plan;
  const identity = identityOf(plan, data, modelDigest);
  const journal =
    state === undefined ? noJournal(batchSize) : await openJournal(WHERE, state, { identity, batchSize, resume });
  try {
    return await runParts(
      { plan, journal, rng: createRng(plan.seed).split('evaluation'), passes: 1 },
      data,
      modelDigest,
    );
  } finally {
    await journal.close();
  }
}

async function runParts(
  once: EvaluationRun,
  data: ExaminedData,
  modelDigest: string | null,
): Promise<RobustnessReport> {
  const { plan, journal } = once;
  const random = await probeRandomness(once);
  const run = random.share > 0 ? { ...once, passes: plan.passes } : once;
  const { examples, seconds: natural } = await predictNaturally(run, data);
  const before = await probeBefore(run, data, examples, random.share);
  const attacks = await runAttacks(run, examples);
  const after = await probeAfter(run, examples);
  const distances = await measureDistances(run, examples);
  const curve = await traceCurve(run, examples);

  const failures = [...attacks.failures, ...(distances?.failure ? [distances.failure] : []), ...curve.failures];
  const timing = {
    natural,
    attacks: attacks.times,
    distances: distances?.seconds ?? 0,
    curve: curve.seconds,
    checks: random.seconds + before.seconds + after.seconds,
  };
  return buildReport({
    plan,
    data,
    modelDigest,
    examples,
    flags: [...before.flags, ...notFiniteFlags(attacks.notFinite, before.flags), ...after.flags],
    failures,
    curve: curvePoints(run, examples),
    judgement: { randomised: random.share > 0, passes: run.passes },
    batchSize: journal.batchSize,
    timing,
  });
}

/** Reads the examples once. If some pixels are outside [0, 1] by rounding, the returned plan clips them from then on. */
async function readData(plan: EvaluationPlan): Promise<{ plan: EvaluationPlan; data: ExaminedData }> {
  const data = await examineData(WHERE, plan.dataset, plan.indices, plan.signal);
  return { plan: data.range.rounded > 0 ? { ...plan, dataset: withoutRounding(plan.dataset) } : plan, data };
}

/** Everything that the result depends on; not the batch size, nor what the report only displays. */
function identityOf(plan: EvaluationPlan, { digest }: ExaminedData, modelDigest: string | null): JsonObject {
  const { dataset, indices, attacks, curve, distances, seed, passes, modelName, classifier } = plan;
  const described = (list: EvaluationPlan['attacks']): JsonObject[] =>
    list.map(({ name, threat, settings }) => ({ name, threat, settings }));
  return {
    model: { name: modelName ?? null, digest: modelDigest, classes: classifier.classes },
    dataset: { name: dataset.name, digest, indices: [...indices] },
    attacks: described(attacks),
    curve: curve.map(({ epsilon, attacks: atEpsilon }) => ({ epsilon, attacks: described(atEpsilon) })),
    distances: distances ? { ...distances } : null,
    seed,
    passes,
    backend: tf.getBackend(),
  };
}

async function predictNaturally(
  run: EvaluationRun,
  { labels, inside }: ExaminedData,
): Promise<{ examples: ExampleState[]; seconds: number }> {
  const { classifier, dataset, indices, attacks, curve } = run.plan;
  const examples: ExampleState[] = [];
  const part = { phase: 'natural', name: 'natural images', label: 'natural' } as const;
  const seconds = await runPart(run, { ...part, partsLeft: attacks.length + curve.length }, indices, {
    work: async (chosen) => {
      const batch = dataset.batch(chosen);
      try {
        return { arrays: new Map([['predicted', source(await predict(classifier, batch.images, run.passes))]]) };
      } finally {
        tf.dispose([batch.images, batch.labels]);
      }
    },
    take: async (entry, chosen) => {
      const predicted = arrayIn(entry, 'predicted', Int32Array, chosen.length);
      const begun = examples.length;
      for (const [i, index] of chosen.entries()) {
        examples.push({
          index,
          label: labels[begun + i] ?? -1,
          predicted: predicted[i] ?? -1,
          isInside: inside[begun + i] ?? false,
          attacks: [],
          broken: null,
          nearest: Number.POSITIVE_INFINITY,
        });
      }
      await nextTurn();
    },
    standing: () => standingOf(examples).length,
  });
  return { examples, seconds };
}

type AttacksRun = {
  readonly times: readonly { readonly name: string; readonly seconds: number }[];
  readonly failures: readonly FailedAttack[];
  /** Attacks that met non-finite gradients. */
  readonly notFinite: readonly NotFiniteGradients[];
};

async function runAttacks(run: EvaluationRun, examples: readonly ExampleState[]): Promise<AttacksRun> {
  const { attacks, curve } = run.plan;
  const times: { name: string; seconds: number }[] = [];
  const failures: FailedAttack[] = [];
  const notFinite: NotFiniteGradients[] = [];
  for (const [i, attack] of attacks.entries()) {
    const { name } = attack;
    const partsLeft = attacks.length - 1 - i + curve.length;
    const part = { phase: 'attack', name, label: `attack ${name}`, partsLeft } as const;
    const attacked = standingOf(examples);
    const done = await runAttack(run, part, attack, attacked, (example, outcome) => example.attacks.push(outcome));
    times.push({ name, seconds: done.seconds });
    if (done.failure) failures.push(done.failure);
    if (done.notFinite > 0) notFinite.push({ attack: name, examples: done.notFinite, attacked: attacked.length });
  }
  return { times, failures, notFinite };
}
