import { fileURLToPath } from 'node:url';

import type { OwnOptions } from './measure-ours.ts';
import { runProcess } from './run-process.ts';
import { type Series, seriesCells } from './scaling-series.ts';
import { markdown } from './table.ts';

/** The growth of time with threads, batch and search steps, as a Markdown table; runs one process per model. */
export async function scalingTable(
  cases: readonly { readonly model: string; readonly batch: number }[],
  { steps, threads, backend }: OwnOptions,
  rounds: number,
): Promise<string> {
  const worker = fileURLToPath(new URL('scaling-worker.ts', import.meta.url));
  const how = ['--steps', `${steps}`, '--threads', `${threads}`, '--backend', backend, '--rounds', `${rounds}`];
  const lines: string[][] = [];
  for (const { model, batch } of cases) {
    const what = ['--model', model, '--batch', `${batch}`];
    const { output } = await runProcess(process.execPath, ['--import', 'tsx', worker, ...what, ...how]);
    for (const series of JSON.parse(output) as readonly Series[]) {
      const name = `${series.varied}, ${series.measure}${series.varied === 'batch' ? '' : ` of ${series.batch}`}`;
      for (const cells of seriesCells(series)) lines.push([model, name, ...cells]);
    }
  }
  return markdown(['model', 'varied', 'value', 'seconds', 'time x', 'value x', 'speed-up or time over linear'], lines);
}
