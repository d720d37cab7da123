import { CheckpointError, type Rng } from '@st/core';
import { describeValue, type JsonObject, type SafetensorsSource } from '@st/core/kit';

import { type EvaluationPlan, type EvaluationProgress, WHERE } from './evaluation-options.ts';
import { arrayIn } from './state/entry-values.ts';
import type { Journal, JournalEntry } from './state/journal.ts';

/** What all parts of one evaluation share. */
export type EvaluationRun = {
  readonly plan: EvaluationPlan;
  readonly journal: Journal;
  /** The stream that all randomness of the evaluation splits from. */
  readonly rng: Rng;
  /** Forward passes that decide a class: 1, or the option's of a randomised model. */
  readonly passes: number;
};

/** One part of an evaluation: an attack on the examples that stand, say. */
export type Part = {
  readonly phase: EvaluationProgress['phase'];
  readonly name: string;
  /** Names its steps in the journal. */
  readonly label: string;
  readonly partsLeft: number;
  /** No progress is told. */
  readonly isSilent?: true;
};

type PartBatch = { readonly values?: JsonObject; readonly arrays?: ReadonlyMap<string, SafetensorsSource> };

/** What is done with the batches of a part. */
export type PartWork = {
  /** Computes one batch; what it returns is written down. */
  readonly work: (indices: Int32Array) => Promise<PartBatch>;
  /** Takes in what a batch gave, computed now or read back. */
  readonly take: (entry: JournalEntry, indices: Int32Array) => Promise<void> | void;
  /** Examples still standing, for the progress. */
  readonly standing: () => number;
};

/**
 * Goes through examples in batches, each of which is computed once and written down before the next begins. What was written down says
 * which examples it was about, so that a resumed evaluation may have another batch size.
 * @returns Seconds of work, that of former processes included.
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
    const done = doneIn(entry, indices.subarray(start));
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

/** The examples that a step was about. @throws {CheckpointError} if they are not the next ones. */
function doneIn(entry: JournalEntry, next: Int32Array): Int32Array {
  const done = arrayIn(entry, 'indices', Int32Array);
  if (done.length > 0 && done.every((index, i) => index === next[i])) return done;
  throw new CheckpointError(
    `${WHERE}: a step of the evaluation must be about the examples that come next, from ${next[0]} on, got ${describeValue([...done])}. The folder was changed by something else; evaluate into a new one.`,
    { argument: 'state', received: done },
  );
}

/** A vector to be written down. */
export function source(data: SafetensorsSource['data']): SafetensorsSource {
  return { shape: [data.length], data };
}

function secondsOf({ values }: JournalEntry): number {
  return typeof values.seconds === 'number' ? values.seconds : 0;
}
