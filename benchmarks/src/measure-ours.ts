import { fileURLToPath } from 'node:url';

import type { Case, OwnTiming } from './row.ts';
import { runProcess } from './run-process.ts';

export type OwnOptions = {
  readonly steps: number;
  readonly repeat: number;
  readonly threads: number;
  readonly backend: string;
};

/** Measures one case in its own process, so that peak memory is that of the case. */
export async function measureOurs({ model, batch, measure }: Case, options: OwnOptions): Promise<OwnTiming> {
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
  const what = ['--model', model, '--batch', `${batch}`, '--measure', measure, '--steps', `${options.steps}`];
  const how = ['--repeat', `${options.repeat}`, '--backend', options.backend];
  const { output, peakMemoryBytes } = await runProcess(process.execPath, ['--import', 'tsx', worker, ...what, ...how], {
    ST_NUM_THREADS: `${options.threads}`,
  });
  return { ...(JSON.parse(output) as Omit<OwnTiming, 'peakMemoryBytes'>), peakMemoryBytes };
}

/** The timing with the most images per second, with the highest peak that any of the timings measured. */
export function fastestOf(timings: readonly OwnTiming[]): OwnTiming {
  const best = timings.reduce((a, b) => (b.imagesPerSecond > a.imagesPerSecond ? b : a));
  const peaks = timings.flatMap(({ peakOperationsPerSecond: peak }) => (peak === null ? [] : [peak]));
  return { ...best, peakOperationsPerSecond: peaks.length > 0 ? Math.max(...peaks) : null };
}
