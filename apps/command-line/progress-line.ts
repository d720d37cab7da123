import { formatDuration } from './format-duration.ts';

/** The progress of a task. */
export type ProgressState = {
  /** Name of the task: `training`, `PGD-20`. */
  readonly task: string;
  readonly done: number;
  readonly total: number;
  /** What `done` counts: `step`, `image`. */
  readonly unit: string;
  /** Losses and rates to show, by name. */
  readonly values?: { readonly [name: string]: number };
  readonly imagesPerSecond?: number;
  readonly etaSeconds?: number;
};

const BAR_WIDTH = 28;

/** Two lines for a terminal: a bar with the speed and the time left, and the values. */
export function progressBar(state: ProgressState): string {
  const { task, done, total, values } = state;
  const filled = Math.round((BAR_WIDTH * done) / total);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled);
  const head = [`${task} ${bar} ${percent(state)}`, `${done}/${total}`, ...rates(state)].join('  ');
  return values ? `${head}\n${' '.repeat(task.length + 1)}${describeValues(values)}` : head;
}

/** One line for a log file. */
export function progressLine(state: ProgressState): string {
  const { task, done, total, unit, values } = state;
  const where = `${task}: ${unit} ${done}/${total} (${percent(state)})`;
  return [where, ...(values ? [describeValues(values)] : []), ...rates(state)].join(' · ');
}

function percent({ done, total }: ProgressState): string {
  return `${Math.floor((100 * done) / total)} %`;
}

function rates({ imagesPerSecond, etaSeconds }: ProgressState): string[] {
  return [
    ...(imagesPerSecond === undefined ? [] : [`${imagesPerSecond.toFixed(imagesPerSecond < 10 ? 1 : 0)} images/s`]),
    ...(etaSeconds === undefined ? [] : [`${formatDuration(etaSeconds)} left`]),
  ];
}

function describeValues(values: { readonly [name: string]: number }): string {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value.toPrecision(4)}`)
    .join('  ');
}
