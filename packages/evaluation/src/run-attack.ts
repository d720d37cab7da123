import type { Attack, AttackRandomness, AttackResult } from '@st/attacks';
import { nextTurn, type Rng, type SafetensorsSource, type Where } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { WHERE } from './evaluation-options.ts';
import { type EvaluationRun, type Part, runPart, source } from './evaluation-run.ts';
import type { ExampleState } from './example-state.ts';
import { OUTCOMES } from './outcome.ts';
import { recheckClaims } from './recheck-claims.ts';
import type { AttackOnExample } from './report/robustness-report.ts';
import type { JournalEntry } from './state/journal.ts';

/** Called for every example of an attack, with what the checked result was. */
export type TakeOutcome = (example: ExampleState, outcome: AttackOnExample) => void;

/**
 * Runs one attack on examples, batch by batch, re-checks what it claims, and hands on each outcome.
 * @returns Seconds spent.
 */
export async function runAttack(
  run: EvaluationRun,
  part: Part,
  attack: Attack,
  examples: readonly ExampleState[],
  take: TakeOutcome,
): Promise<number> {
  const byIndex = new Map(examples.map((example) => [example.index, example]));
  const rng = run.rng.split(part.label);
  let standing = examples.length;
  return runPart(
    run,
    part,
    Int32Array.from(examples, ({ index }) => index),
    {
      work: (indices) => attackBatch(run, attack, indices, rng),
      take: async (entry, indices) => {
        for (const [i, outcome] of outcomesOf(attack.name, entry).entries()) {
          const example = byIndex.get(indices[i] ?? -1);
          if (!example) continue; // never: the batch was made of these examples
          take(example, outcome);
          if (outcome.outcome === 'broken') standing--;
        }
        await tellFound(run, attack, entry, indices);
        await nextTurn();
      },
      standing: () => standing,
    },
  );
}

async function attackBatch(
  { plan }: EvaluationRun,
  attack: Attack,
  indices: Int32Array,
  rng: Rng,
): Promise<{ arrays: ReadonlyMap<string, SafetensorsSource> }> {
  const { classifier, dataset, signal } = plan;
  const where: Where = `${WHERE}: attack '${attack.name}'`;
  const randomness: AttackRandomness = {
    examples: Array.from(indices, (index) => rng.split(`example ${index}`)),
    shared: rng.split('shared'),
  };
  const batch = dataset.batch(indices);
  let result: AttackResult | undefined;
  try {
    result = await attack.run(classifier, batch, randomness, signal ? { signal } : {});
    const { claims, points } = await recheckClaims(where, classifier, batch, result, attack.threat);
    const size = points.length / indices.length;
    const broken = claims.flatMap(({ outcome }, i) => (outcome === 'broken' ? [i] : []));
    const images = new Float32Array(broken.length * size);
    for (const [row, i] of broken.entries()) images.set(points.subarray(i * size, (i + 1) * size), row * size);
    const vectors = {
      outcome: Uint8Array.from(claims, ({ outcome }) => OUTCOMES.indexOf(outcome)),
      norm: Float64Array.from(claims, ({ norm }) => norm ?? Number.NaN),
      predicted: Int32Array.from(claims, ({ predicted }) => predicted ?? NOT_PREDICTED),
      queries: Int32Array.from(result.queries),
      gradientCalls: Int32Array.from(result.gradientCalls),
    };
    return {
      arrays: new Map([
        ...Object.entries(vectors).map(([name, data]) => [name, source(data)] as const),
        ['adversarial', { shape: [broken.length, ...dataset.imageShape], data: images }],
      ]),
    };
  } finally {
    tf.dispose([batch.images, batch.labels]);
    result?.adversarial.dispose();
  }
}

/** Stands where nothing was claimed; `NO_CLASS` is a prediction. */
const NOT_PREDICTED = -2;

function outcomesOf(attack: string, { arrays }: JournalEntry): AttackOnExample[] {
  const at = (name: string, i: number): number => Number(arrays.get(name)?.data[i] ?? Number.NaN);
  return Array.from({ length: arrays.get('outcome')?.data.length ?? 0 }, (_, i) => {
    const norm = at('norm', i);
    const predicted = at('predicted', i);
    return {
      attack,
      outcome: OUTCOMES[at('outcome', i)] ?? 'survived',
      norm: Number.isNaN(norm) ? null : norm,
      predicted: predicted === NOT_PREDICTED ? null : predicted,
      queries: at('queries', i),
      gradientCalls: at('gradientCalls', i),
    };
  });
}

async function tellFound(
  { plan }: EvaluationRun,
  attack: Attack,
  { arrays }: JournalEntry,
  indices: Int32Array,
): Promise<void> {
  const outcomes = arrays.get('outcome')?.data ?? [];
  const found = Array.from(indices).filter((_, i) => OUTCOMES[Number(outcomes[i])] === 'broken');
  if (found.length === 0) return;
  const images = arrays.get('adversarial')?.data as Float32Array; // as attackBatch wrote it
  await plan.onFound?.({ attack: attack.name, epsilon: attack.threat.epsilon, indices: found, images });
}
