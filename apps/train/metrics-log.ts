import { appendFileSync, closeSync, existsSync, fsyncSync, openSync, readFileSync } from 'node:fs';

import { writeFileDurably } from '@st/core/node';

import { parseMetrics } from './parse-metrics.ts';

/** One line of `metrics.jsonl`. `step` counts finished training steps. */
export type Metrics = TrainingMetrics | ValidationMetrics | OverfittingMetrics;

/** Losses of one training step. */
export type TrainingMetrics = {
  readonly kind: 'step';
  readonly step: number;
  readonly epoch: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
  /** Named terms of the loss: `total`, `natural`, `squeeze`, ..., whatever the method has. */
  readonly terms: { readonly [term: string]: number };
};

/** Counts on the validation images, of the weights that are chosen by them: the averaged ones, if there are any. */
export type ValidationMetrics = {
  readonly kind: 'validation';
  readonly step: number;
  readonly epoch: number;
  readonly examples: number;
  readonly naturalCorrect: number;
  readonly robustCorrect: number;
  /** Of the raw weights, where the counts above are of averaged ones. */
  readonly rawRobustCorrect?: number;
  /** Training images evaluated beside, and how many of them were right under the same attack. */
  readonly monitored?: number;
  readonly monitoredRobustCorrect?: number;
};

/** A look for catastrophic overfitting: accuracies on one batch. */
export type OverfittingMetrics = {
  readonly kind: 'overfitting';
  readonly step: number;
  readonly epoch: number;
  /** On the training examples. */
  readonly training: number;
  /** Under PGD on the same images. */
  readonly attacked: number;
  readonly overfitted: boolean;
};

/** Appends lines as they come, so that a run that is killed keeps what it had. */
export type MetricsLog = {
  append(metrics: Metrics): void;
  /** Waits until the disk holds every line: before a checkpoint counts on them. */
  sync(): void;
  /** What the log of a resumed run was found to lack, in one line; undefined if it is whole. */
  readonly damage: string | undefined;
};

/**
 * Opens the log of a run that stands at `step`. Lines of later steps, which a killed run wrote after its last checkpoint, are cut off,
 * and so are a last line that was half written and lines that are damaged. What a resumed run writes again of the step itself (a
 * validation that came after the checkpoint) is there already and is left out; no line is ever there twice.
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
    ...(damaged > 0 ? [`${damaged} damaged lines`] : []),
    ...(missing > 0 ? [`no lines of ${missing} steps`] : []),
  ];
  return `${path} has ${parts.join(' and ')}: the report leaves them out. The weights are not touched by that.`;
}

/** The whole lines of the log, in order and each once, and how many others there are. A last line without an end was cut short by a kill and counts nowhere. */
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
