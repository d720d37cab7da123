import { fileURLToPath } from 'node:url';

import type { Case, OwnTiming } from './row.ts';
import { runProcess } from './run-process.ts';

export type OwnOptions = {
  readonly steps: number;
  readonly repeat: number;
  readonly threads: number;
  readonly backend: string;
};

/** Measures one case in a process of its own, so that the peak of memory is that case's. */
export async function measureOurs({ model, batch, measure }: Case, options: OwnOptions): Promise<OwnTiming> {
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
  const what = ['--model', model, '--batch', `${batch}`, '--measure', measure, '--steps', `${options.steps}`];
  const how = ['--repeat', `${options.repeat}`, '--backend', options.backend];
  const { output, peakMemoryBytes } = await runProcess(process.execPath, ['--import', 'tsx', worker, ...what, ...how], {
    ST_NUM_THREADS: `${options.threads}`,
  });
  return { ...(JSON.parse(output) as Omit<OwnTiming, 'peakMemoryBytes'>), peakMemoryBytes };
}

/** The timing of the most images a second, beside the highest peak that any of them saw. */
export function fastestOf(timings: readonly OwnTiming[]): OwnTiming {
  const best = timings.reduce((a, b) => (b.imagesPerSecond > a.imagesPerSecond ? b : a));
  const peaks = timings.flatMap(({ peakOperationsPerSecond: peak }) => (peak === null ? [] : [peak]));
  return { ...best, peakOperationsPerSecond: peaks.length > 0 ? Math.max(...peaks) : null };
}
