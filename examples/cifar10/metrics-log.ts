import { appendFileSync, existsSync, readFileSync } from 'node:fs';

import { writeWhole } from './write-whole.ts';

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
};

/**
 * Opens the log of a run that stands at `step`. Lines of later steps, which a killed run wrote after its last checkpoint, are cut off,
 * and so is a last line that was half written: the resumed run writes them again. What it writes again of the step itself (a validation
 * that came after the checkpoint) is there already and left out; no line is ever there twice.
 * @throws {SyntaxError} if a line other than the last is not JSON.
 */
export function openMetricsLog(path: string, step: number): MetricsLog {
  const kept = existsSync(path) ? readMetrics(path).filter((metrics) => metrics.step <= step) : [];
  writeWhole(path, kept.map(lineOf).join(''));
  const present = new Set(kept.map(keyOf));
  return {
    append: (metrics) => {
      if (present.has(keyOf(metrics))) return;
      present.add(keyOf(metrics));
      appendFileSync(path, lineOf(metrics));
    },
  };
}

/** Every whole line of the log, in order. */
export function readMetrics(path: string): readonly Metrics[] {
  const text = readFileSync(path, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Metrics);
}

function keyOf({ kind, step }: Metrics): string {
  return `${kind} ${step}`;
}

function lineOf(metrics: Metrics): string {
  return `${JSON.stringify(metrics)}\n`;
}
