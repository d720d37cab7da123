import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';

import { writeFileDurably } from '@st/core/node';

import type { Metrics } from './metrics.ts';
import { parseMetrics } from './parse-metrics.ts';

/** Appends each line at once, so that a killed run keeps the lines so far. */
export type MetricsLog = {
  append(metrics: Metrics): void;
  /** Calls fsync; must return before a checkpoint is written. */
  sync(): void;
  /** One line that says what the log of a resumed run lacks; undefined if it is complete. */
  readonly damage: string | undefined;
};

/**
 * Opens the log of a run that resumes at `step`. Drops the lines of later steps, which a killed run wrote after its last checkpoint, a truncated last
 * line, and damaged lines. A line that the log already holds is not appended again: a resumed run repeats the validation of `step` if it came after
 * the checkpoint.
 */
export async function openMetricsLog(path: string, step: number): Promise<MetricsLog> {
  const { metrics, damaged } = existsSync(path) ? readMetrics(path) : { metrics: [], damaged: 0 };
  const kept = metrics.filter((line) => line.step <= step);
  await writeFileDurably(path, kept.map(lineOf).join(''));
  const present = new Set(kept.map(keyOf));
  return {
    append: (line) => {
      if (present.has(keyOf(line))) return;
      present.add(keyOf(line));
      appendFileSync(path, lineOf(line));
    },
    sync: () => {
      const file = openSync(path, 'r+');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    },
    damage: describeDamage(path, damaged, step - kept.filter(({ kind }) => kind === 'step').length),
  };
}

function describeDamage(path: string, damaged: number, missing: number): string | undefined {
  if (damaged === 0 && missing <= 0) return undefined;
  const parts = [
    ...(damaged > 0 ? [`has ${damaged} damaged lines`] : []),
    ...(missing > 0 ? [`lacks the lines of ${missing} steps`] : []),
  ];
  return `${path} ${parts.join(' and ')}: the report omits them. The weights are not affected.`;
}

/** The valid lines of the log, in order and without duplicates, and the number of damaged lines. A last line without a line break was truncated by a kill and is ignored. */
export function readMetrics(path: string): { readonly metrics: readonly Metrics[]; readonly damaged: number } {
  const text = readFileSync(path, 'utf8');
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '');
  const read = lines.map(parseMetrics).filter((line) => line !== undefined);
  const byKey = new Map(read.map((line) => [keyOf(line), line]));
  return { metrics: [...byKey.values()], damaged: lines.length - read.length };
}

function keyOf({ kind, step }: Metrics): string {
  return `${kind} ${step}`;
}

function lineOf(metrics: Metrics): string {
  return `${JSON.stringify(metrics)}\n`;
}
