import { StError } from '@st/core';
import { expect } from 'vitest';

import { mutateBytes } from './mutate-bytes.ts';

/** A reader of files that may be damaged or hostile. */
export type MutatedReader<T> = {
  /** Valid files of the format. Small ones, so that most changes affect a header. */
  readonly files: readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => T | Promise<T>;
  /** Throws if the result is invalid: shapes that do not fit the values, labels outside the classes. */
  readonly judge: (value: T) => void;
  /** Seed of the mutations. Default 1. */
  readonly seed?: number;
};

const MOST_SECONDS = 10;
const MOST_GIGABYTES = 1;

/** Number of mutated files per reader: `ST_MUTATIONS`, which `npm run fuzz -- --mutations N` sets, or 500. */
export const MUTATIONS: number = Number(process.env.ST_MUTATIONS ?? 500);

/**
 * Expects that a reader, for each of `MUTATIONS` mutated files, throws an `StError` or returns values that `judge` accepts, within 10 seconds each, and
 * that peak memory grows by less than 1 GB. A failure names the index of the file, from which `mutateBytes` makes it again.
 */
export async function expectSurvivesMutations<T>({ files, read, judge, seed = 1 }: MutatedReader<T>): Promise<void> {
  for (const file of files) judge(await read(Uint8Array.from(file))); // valid files must be read
  const before = peakBytes();
  for (let index = 0; index < MUTATIONS; index++) {
    const { bytes, how } = mutateBytes(files, seed, index);
    const about = `mutation ${index} of seed ${seed} (${how})`;
    const started = performance.now();
    const outcome = await settle(() => read(bytes));
    const seconds = (performance.now() - started) / 1000;
    if ('error' in outcome) expect(outcome.error, about).toBeInstanceOf(StError);
    else judgeAs(about, () => judge(outcome.value));
    expect(seconds, about).toBeLessThan(MOST_SECONDS);
    expect((peakBytes() - before) / 1e9, `${about}: gigabytes`).toBeLessThan(MOST_GIGABYTES);
  }
}

async function settle<T>(work: () => T | Promise<T>): Promise<{ readonly value: T } | { readonly error: unknown }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

function judgeAs(about: string, judge: () => void): void {
  try {
    judge();
  } catch (cause) {
    throw new Error(`${about}: read as ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Peak memory of the process so far. */
function peakBytes(): number {
  return process.resourceUsage().maxRSS * 1024;
}
