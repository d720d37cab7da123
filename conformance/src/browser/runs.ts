import { choiceRun } from './choice-run.ts';
import { conformanceRun } from './conformance-run.ts';
import { memoryRun } from './memory-run.ts';
import { besideCpuRun, trainingRun } from './training-run.ts';

const RUNS: Readonly<Record<string, () => Promise<object>>> = {
  training: trainingRun,
  'beside-cpu': besideCpuRun,
  memory: memoryRun,
  conformance: conformanceRun,
  choice: choiceRun,
};

/** What a run found, as plain values, or the error with which it ended. */
export type Outcome = { readonly found: object } | { readonly error: string };

export async function runNamed(name: string): Promise<Outcome> {
  try {
    const run = RUNS[name];
    if (run === undefined) throw new Error(`There is no run '${name}': use one of ${Object.keys(RUNS).join(', ')}.`);
    return { found: await run() };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
