import type { Row } from './row.ts';

const COLUMNS: readonly { readonly title: string; readonly cell: (row: Row) => string }[] = [
  { title: 'model', cell: ({ model }) => model },
  { title: 'batch', cell: ({ batch }) => `${batch}` },
  { title: 'measure', cell: ({ measure }) => measure },
  { title: 'images/s', cell: ({ imagesPerSecond }) => significant(imagesPerSecond) },
  { title: 'PyTorch', cell: ({ peerImagesPerSecond }) => significant(peerImagesPerSecond) },
  { title: 'ratio', cell: ({ ratio }) => (ratio === null ? '-' : `${ratio.toFixed(2)}x`) },
  { title: 'GFLOP', cell: ({ operations }) => significant(operations * 1e-9) },
  { title: 'GFLOP/s', cell: ({ operationsPerSecond }) => significant(operationsPerSecond * 1e-9) },
  {
    title: 'of peak',
    cell: ({ operationsPerSecond, peakOperationsPerSecond: peak }) => share(operationsPerSecond, peak),
  },
  { title: 'peak MB', cell: ({ peakMemoryBytes }) => megabytes(peakMemoryBytes) },
  { title: 'PyTorch MB', cell: ({ peerPeakMemoryBytes }) => megabytes(peerPeakMemoryBytes) },
];

/** The rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  return markdown(
    COLUMNS.map(({ title }) => title),
    rows.map((row) => COLUMNS.map(({ cell }) => cell(row))),
  );
}

/** A Markdown table. */
export function markdown(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** More than 100 % is possible, because Winograd executes fewer operations than are counted. */
export function share(operationsPerSecond: number, peak: number | null): string {
  return peak === null ? '-' : `${((100 * operationsPerSecond) / peak).toFixed(0)} %`;
}

export function significant(value: number | null): string {
  return value === null ? '-' : value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function megabytes(bytes: number | null): string {
  return bytes === null ? '-' : `${Math.round(bytes / 2 ** 20)}`;
}
