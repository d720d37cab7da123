import type { Attack, AttackRandomness, AttackResult, AttackRunOptions } from '@st/attacks';
import type { Rng } from '@st/core';
import { type JsonObject, nextTurn, type SafetensorsSource, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { attackFailureOf, failureIn } from './attack-failure.ts';
import { WHERE } from './evaluation-options.ts';
import { type EvaluationRun, type Part, runPart, source } from './evaluation-run.ts';
import { type ExampleState, isMisclassified, learnOutcome } from './example-state.ts';
import { OUTCOMES } from './outcome.ts';
import { wrongShares } from './predict.ts';
import { recheckClaims } from './recheck-claims.ts';
import type { AttackOnExample, FailedAttack, FindingPhase } from './report/robustness-report.ts';
import { arrayIn } from './state/entry-values.ts';
import type { JournalEntry } from './state/journal.ts';

/** Called with the checked result of the attack on each example. */
export type TakeOutcome = (example: ExampleState, outcome: AttackOnExample) => void;

/** A part that is an attack. */
export type AttackPart = Part & { readonly phase: FindingPhase };

/** Duration of an attack, its failure on some examples if any, and the number of examples on which it met non-finite gradients. */
export type AttackRun = { readonly seconds: number; readonly failure: FailedAttack | null; readonly notFinite: number };

/**
 * Runs one attack on examples, batch by batch: checks its claims, updates the state of each example, and passes each outcome to `take`. If
 * the attack throws an `StError` of its own, the examples of that batch stay as they are and the result holds the failure.
 */
export async function runAttack(
  run: EvaluationRun,
  part: AttackPart,
  attack: Attack,
  examples: readonly ExampleState[],
  take: TakeOutcome = () => undefined,
): Promise<AttackRun> {
  const byIndex = new Map(examples.map((example) => [example.index, example]));
  const rng = run.rng.split(part.label);
  const epsilon = part.phase === 'distances' ? null : attack.threat.epsilon;
  let standing = examples.length;
  let failure: FailedAttack | null = null;
  let notFinite = 0;
  const seconds = await runPart(
    run,
    part,
    Int32Array.from(examples, ({ index }) => index),
    {
      work: (indices) => attackBatch(run, attack, indices, rng),
      take: async (entry, indices) => {
        const failed = failureIn(entry.values);
        if (failed) {
          const total = (failure?.examples ?? 0) + indices.length;
          failure = { ...(failure ?? failed), phase: part.phase, attack: attack.name, epsilon, examples: total };
          return;
        }
        const batch = Array.from(indices, (index) => byIndex.get(index)).filter((example) => example !== undefined);
        const outcomes = outcomesOf(attack.name, entry, indices.length);
        for (const isMet of arrayIn(entry, 'gradientsNotFinite', Uint8Array, indices.length)) notFinite += isMet;
        for (const [i, outcome] of outcomes.entries()) {
          const example = batch[i];
          if (!example) continue; // for the type checker: the batch holds exactly these examples
          learnOutcome(example, outcome, { phase: part.phase, epsilon }, run.plan.threat);
          take(example, outcome);
          if (outcome.outcome === 'broken') standing--;
        }
        await reportFound(run, part, attack, entry, { outcomes, batch });
        await nextTurn();
      },
      standing: () => standing,
    },
  );
  return { seconds, failure, notFinite };
}

type AttackedBatch = { readonly values?: JsonObject; readonly arrays?: ReadonlyMap<string, SafetensorsSource> };

async function attackBatch(run: EvaluationRun, attack: Attack, indices: Int32Array, rng: Rng): Promise<AttackedBatch> {
  const { classifier, dataset, signal } = run.plan;
  const randomness: AttackRandomness = {
    examples: Array.from(indices, (index) => rng.split(`example ${index}`)),
    shared: rng.split('shared'),
  };
  const batch = dataset.batch(indices);
  let result: AttackResult | undefined;
  try {
    result = await attack.run(classifier, batch, randomness, runOptions(run));
  } catch (error) {
    tf.dispose([batch.images, batch.labels]);
    signal?.throwIfAborted();
    const failure = attackFailureOf(error);
    if (failure) return { values: { failure } };
    throw error;
  }
  try {
    return { arrays: await checkedArrays(run, attack, batch, result) };
  } finally {
    tf.dispose([batch.images, batch.labels]);
    if (result?.adversarial instanceof tf.Tensor) result.adversarial.dispose();
  }
}

/** If the outputs are random, attacks are given a judge that repeats passes, like the evaluation. */
function runOptions({ plan: { classifier, signal }, passes }: EvaluationRun): AttackRunOptions {
  return {
    ...(signal && { signal }),
    ...(passes > 1 && { judge: (points, labels) => wrongShares(classifier, points, labels, passes) }),
  };
}

async function checkedArrays(
  { plan: { classifier, dataset }, passes }: EvaluationRun,
  attack: Attack,
  batch: ReturnType<typeof dataset.batch>,
  result: AttackResult,
): Promise<ReadonlyMap<string, SafetensorsSource>> {
  const where: Where = `${WHERE}: attack '${attack.name}'`;
  const labels = await batch.labels.data<'int32'>();
  const { claims, points } = await recheckClaims({ where, classifier, threat: attack.threat, passes }, batch, result);
  const size = points.length / labels.length;
  const kept = claims.flatMap((claim, i) =>
    isMisclassified(claim.outcome, claim.predicted, labels[i] ?? -1) ? [i] : [],
  );
  const images = new Float32Array(kept.length * size);
  for (const [row, i] of kept.entries()) images.set(points.subarray(i * size, (i + 1) * size), row * size);
  const vectors = {
    outcome: Uint8Array.from(claims, ({ outcome }) => OUTCOMES.indexOf(outcome)),
    norm: Float64Array.from(claims, ({ norm }) => norm ?? Number.NaN),
    predicted: Int32Array.from(claims, ({ predicted }) => predicted ?? NOT_PREDICTED),
    queries: Int32Array.from(result.queries),
    gradientCalls: Int32Array.from(result.gradientCalls),
    gradientsNotFinite: Uint8Array.from(labels, (_, i) => Number((result.gradientsNotFinite?.[i] ?? 0) !== 0)),
  };
  return new Map<string, SafetensorsSource>([
    ...Object.entries(vectors).map(([name, data]) => [name, source(data)] as const),
    ['adversarial', { shape: [kept.length, ...dataset.imageShape], data: images }],
  ]);
}

/** Marks an example without a claim in the stored predictions; `NO_CLASS` (-1) is a prediction. */
const NOT_PREDICTED = -2;

function outcomesOf(attack: string, entry: JournalEntry, length: number): AttackOnExample[] {
  const outcomes = arrayIn(entry, 'outcome', Uint8Array, length);
  const norms = arrayIn(entry, 'norm', Float64Array, length);
  const predictions = arrayIn(entry, 'predicted', Int32Array, length);
  const queries = arrayIn(entry, 'queries', Int32Array, length);
  const gradientCalls = arrayIn(entry, 'gradientCalls', Int32Array, length);
  return Array.from(outcomes, (outcome, i) => {
    const norm = norms[i] ?? Number.NaN;
    const predicted = predictions[i] ?? NOT_PREDICTED;
    return {
      attack,
      outcome: OUTCOMES[outcome] ?? 'survived',
      norm: Number.isNaN(norm) ? null : norm,
      predicted: predicted === NOT_PREDICTED ? null : predicted,
      queries: queries[i] ?? 0,
      gradientCalls: gradientCalls[i] ?? 0,
    };
  });
}

type TakenBatch = { readonly outcomes: readonly AttackOnExample[]; readonly batch: readonly ExampleState[] };

/** Calls `onFound` once with all points in the attack's ball, then once for each point outside it. */
async function reportFound(
  { plan }: EvaluationRun,
  { phase }: AttackPart,
  { name, threat }: Attack,
  entry: JournalEntry,
  { outcomes, batch }: TakenBatch,
): Promise<void> {
  const points = arrayIn(entry, 'adversarial', Float32Array);
  const kept = outcomes.flatMap((outcome, i) => {
    const { index = -1, label = -1 } = batch[i] ?? {};
    return isMisclassified(outcome.outcome, outcome.predicted, label) ? [{ index, outcome }] : [];
  });
  const size = points.length / kept.length;
  const rows = kept.map((point, row) => ({ ...point, image: points.subarray(row * size, (row + 1) * size) }));
  const inside = rows.filter(({ outcome }) => outcome.outcome === 'broken');
  const outside = rows.filter(({ outcome }) => outcome.outcome !== 'broken');
  const groups = [
    ...(inside.length > 0 ? [{ epsilon: threat.epsilon, points: inside }] : []),
    ...outside.map((row) => ({ epsilon: row.outcome.norm ?? Number.NaN, points: [row] })),
  ];
  for (const { epsilon, points: group } of groups) {
    const images = new Float32Array(group.length * size);
    for (const [row, { image }] of group.entries()) images.set(image, row * size);
    await plan.onFound?.({ phase, attack: name, epsilon, indices: group.map(({ index }) => index), images });
  }
}
