import { createRng, digestOfModel, type JsonObject, nextTurn } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { type EvaluateRobustnessOptions, type EvaluationPlan, planEvaluation, WHERE } from './evaluation-options.ts';
import { type EvaluationRun, runPart, source } from './evaluation-run.ts';
import { type ExaminedData, examineData } from './examine-data.ts';
import { type ExampleState, standingOf } from './example-state.ts';
import type { Flag } from './flags/flag.ts';
import { probeAfter, probeBefore } from './flags/probes.ts';
import { measureDistances } from './measure-distances.ts';
import { predict } from './predict.ts';
import { buildReport } from './report/build-report.ts';
import type { RobustnessReport } from './report/robustness-report.ts';
import { runAttack } from './run-attack.ts';
import { noJournal, openJournal } from './state/journal.ts';
import { traceCurve } from './trace-curve.ts';

/**
 * Evaluates the robustness of a classifier: natural accuracy, then each attack on what the ones before it left standing, the worst case
 * of every example. Nothing that an attack says is taken on trust: its points are checked and classified again, and only what holds is
 * counted. What speaks against the figures is raised as a flag, in the report itself.
 *
 * With `state`, every finished batch is on disk before the next begins: after a kill at any instant, `resume: true` goes on with the next
 * one, and ends in the same report, `timing` excepted. Random streams belong to (seed, attack, example), not to batches.
 * @returns The report, plain JSON.
 * @throws {InvalidArgumentError} for an option out of range, an empty data set, or one that does not fit the model.
 * @throws {CheckpointError} if `state` holds another evaluation, or this one and `resume` is not given.
 * @throws `signal.reason` if the signal is aborted.
 * @example
 * const report = await evaluateRobustness({ classifier, dataset, attacks: autoAttack({ threat: linf(8 / 255), classes: 10 }).attacks, seed: 0 });
 * @see Carlini et al. 2019, "On Evaluating Adversarial Robustness", arXiv 1902.06705; Croce and Hein 2020, arXiv 2003.01690
 */
export async function evaluateRobustness(options: EvaluateRobustnessOptions): Promise<RobustnessReport> {
  const plan = planEvaluation(options);
  const data = await examineData(plan.dataset, plan.indices, plan.signal);
  const modelDigest = await digestOfModel(plan.classifier);
  const identity = identityOf(plan, data, modelDigest);
  const { state, resume = false } = plan;
  const journal = state === undefined ? noJournal : await openJournal(WHERE, state, identity, resume);
  const run: EvaluationRun = { plan, journal, rng: createRng(plan.seed).split('evaluation') };

  const { examples, seconds: natural } = await predictNaturally(run, data);
  const before = await probeBefore(run, data, examples);
  const attacks = await runAttacks(run, examples);
  const after = await probeAfter(run, examples);
  const distances = await measureDistances(run, examples);
  const curve = await traceCurve(run, examples);
  const flags: readonly Flag[] = [...before.flags, ...after.flags];
  const times = { distances: distances?.seconds ?? 0, curve: curve.seconds };
  const timing = { natural, attacks, ...times, checks: before.seconds + after.seconds };
  return buildReport({ plan, data, modelDigest, examples, flags, distances, curve: curve.points, timing });
}

/** Everything that decides the result. The batch size does not, nor what is only shown. */
function identityOf(plan: EvaluationPlan, { digest }: ExaminedData, modelDigest: string | null): JsonObject {
  const { dataset, indices, attacks, curve, distances, seed, modelName, classifier } = plan;
  const described = (list: EvaluationPlan['attacks']): JsonObject[] =>
    list.map(({ name, threat, settings }) => ({ name, threat, settings }));
  return {
    model: { name: modelName ?? null, digest: modelDigest, classes: classifier.classes },
    dataset: { name: dataset.name, digest, indices: [...indices] },
    attacks: described(attacks),
    curve: curve.map(({ epsilon, attacks: atEpsilon }) => ({ epsilon, attacks: described(atEpsilon) })),
    distances: distances ? { ...distances } : null,
    seed,
    backend: tf.getBackend(),
  };
}

async function predictNaturally(
  run: EvaluationRun,
  { labels }: ExaminedData,
): Promise<{ examples: ExampleState[]; seconds: number }> {
  const { classifier, dataset, indices, attacks, curve } = run.plan;
  const examples: ExampleState[] = [];
  const part = { phase: 'natural', name: 'natural images', label: 'natural' } as const;
  const seconds = await runPart(run, { ...part, partsLeft: attacks.length + curve.length }, indices, {
    work: async (chosen) => {
      const batch = dataset.batch(chosen);
      try {
        return { arrays: new Map([['predicted', source(await predict(classifier, batch.images))]]) };
      } finally {
        tf.dispose([batch.images, batch.labels]);
      }
    },
    take: async ({ arrays }, chosen) => {
      const predicted = arrays.get('predicted')?.data as Int32Array; // as written above
      const label = (i: number): number => labels[examples.length + i] ?? 0;
      const added = Array.from(chosen, (index, i): ExampleState => {
        const brokenAt = Number.POSITIVE_INFINITY;
        return { index, label: label(i), predicted: predicted[i] ?? 0, attacks: [], brokenBy: null, brokenAt };
      });
      examples.push(...added);
      await nextTurn();
    },
    standing: () => standingOf(examples).length,
  });
  return { examples, seconds };
}

async function runAttacks(
  run: EvaluationRun,
  examples: readonly ExampleState[],
): Promise<{ name: string; seconds: number }[]> {
  const { attacks, curve } = run.plan;
  const times: { name: string; seconds: number }[] = [];
  for (const [i, attack] of attacks.entries()) {
    const { name } = attack;
    const partsLeft = attacks.length - 1 - i + curve.length;
    const part = { phase: 'attack', name, label: `attack ${name}`, partsLeft } as const;
    const seconds = await runAttack(run, part, attack, standingOf(examples), (example, outcome) => {
      example.attacks.push(outcome);
      if (outcome.outcome !== 'broken') return;
      example.brokenBy = name;
      example.brokenAt = outcome.norm ?? attack.threat.epsilon;
    });
    times.push({ name, seconds });
  }
  return times;
}
