import type { JsonObject, Rng, SafetensorsSource } from '@st/core';

import type { EvaluationPlan, EvaluationProgress } from './evaluation-options.ts';
import type { Journal, JournalEntry } from './state/journal.ts';

/** What all parts of one evaluation share. */
export type EvaluationRun = {
  readonly plan: EvaluationPlan;
  readonly journal: Journal;
  /** The stream that all randomness of the evaluation splits from. */
  readonly rng: Rng;
};

/** One part of an evaluation: an attack on the examples that stand, say. */
export type Part = {
  readonly phase: EvaluationProgress['phase'];
  readonly name: string;
  /** Names its steps in the journal. */
  readonly label: string;
  readonly partsLeft: number;
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
  { label, ...part }: Part,
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
    const done = entry.arrays.get('indices')?.data as Int32Array; // written above
    await take(entry, done);
    start += done.length;
    seconds += secondsOf(entry);
    if (isNew) {
      pace.examples += done.length;
      pace.seconds += secondsOf(entry);
    }
    const etaSeconds = pace.examples > 0 ? (pace.seconds / pace.examples) * (indices.length - start) : null;
    await plan.onProgress?.({ ...part, done: start, total: indices.length, standing: standing(), etaSeconds });
  }
  return seconds;
}

/** A vector to be written down. */
export function source(data: SafetensorsSource['data']): SafetensorsSource {
  return { shape: [data.length], data };
}

function secondsOf({ values }: JournalEntry): number {
  return typeof values.seconds === 'number' ? values.seconds : 0;
}
