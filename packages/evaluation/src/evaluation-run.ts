import { CheckpointError, type Rng } from '@st/core';
import { describeValue, type JsonObject, type SafetensorsSource } from '@st/core/kit';

import { type EvaluationPlan, type EvaluationProgress, WHERE } from './evaluation-options.ts';
import { arrayIn } from './state/entry-values.ts';
import type { Journal, JournalEntry } from './state/journal.ts';

/** The state that all parts of one evaluation share. */
export type EvaluationRun = {
  readonly plan: EvaluationPlan;
  readonly journal: Journal;
  /** The stream that all randomness of the evaluation splits from. */
  readonly rng: Rng;
  /** Forward passes that decide a class: 1, or `plan.passes` if the outputs are random. */
  readonly passes: number;
};

/** One part of an evaluation, e.g. an attack on the standing examples. */
export type Part = {
  readonly phase: EvaluationProgress['phase'];
  readonly name: string;
  /** The prefix of its steps in the journal. */
  readonly label: string;
  readonly partsLeft: number;
  /** `onProgress` is not called. */
  readonly isSilent?: true;
};

type PartBatch = { readonly values?: JsonObject; readonly arrays?: ReadonlyMap<string, SafetensorsSource> };

/** How the batches of a part are computed and consumed. */
export type PartWork = {
  /** Computes one batch; its result is written to the journal. */
  readonly work: (indices: Int32Array) => Promise<PartBatch>;
  /** Consumes the result of a batch, computed now or read back. */
  readonly take: (entry: JournalEntry, indices: Int32Array) => Promise<void> | void;
  /** The number of standing examples, for the progress. */
  readonly standing: () => number;
};

/**
 * Processes examples in batches. Each batch is computed once and written to the journal before the next one begins. A journal entry holds the
 * indices of its examples, so a resumed evaluation may use another batch size.
 * @returns Seconds of work, including that of earlier processes.
 * @throws the signal's reason when it is aborted.
 */
export async function runPart(
  { plan, journal }: EvaluationRun,
  { label, isSilent, ...part }: Part,
  indices: Int32Array,
  { work, take, standing }: PartWork,
): Promise<number> {
  const pace = { examples: 0, seconds: 0 };
  let seconds = 0;
  for (let start = 0; start < indices.length; ) {
    plan.signal?.throwIfAborted();
    let isNew = false;
    const entry = await journal.step(`${label}, from ${start}`, async () => {
      isNew = true;
      const begun = performance.now();
      const chosen = indices.slice(start, start + plan.batchSize);
      const { values = {}, arrays = new Map() } = await work(chosen);
      const taken = (performance.now() - begun) / 1000;
      return { values: { ...values, seconds: taken }, arrays: new Map([['indices', source(chosen)], ...arrays]) };
    });
    const done = indicesIn(entry, indices.subarray(start));
    await take(entry, done);
    start += done.length;
    seconds += secondsOf(entry);
    if (isNew) {
      pace.examples += done.length;
      pace.seconds += secondsOf(entry);
    }
    const etaSeconds = pace.examples > 0 ? (pace.seconds / pace.examples) * (indices.length - start) : null;
    if (isSilent) continue;
    await plan.onProgress?.({ ...part, done: start, total: indices.length, standing: standing(), etaSeconds });
  }
  return seconds;
}

/** The indices of the examples that a step holds. @throws {CheckpointError} if they are not a prefix of `next`. */
function indicesIn(entry: JournalEntry, next: Int32Array): Int32Array {
  const done = arrayIn(entry, 'indices', Int32Array);
  if (done.length > 0 && done.every((index, i) => index === next[i])) return done;
  throw new CheckpointError(
    `${WHERE}: a step of the evaluation must hold the next examples, starting with ${next[0]}, got ${describeValue([...done])}. Another program changed the folder: evaluate into a new one.`,
    { argument: 'state', received: done },
  );
}

/** A vector as a safetensors entry. */
export function source(data: SafetensorsSource['data']): SafetensorsSource {
  return { shape: [data.length], data };
}

function secondsOf({ values }: JournalEntry): number {
  return typeof values.seconds === 'number' ? values.seconds : 0;
}
