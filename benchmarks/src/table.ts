import type { Row } from './row.ts';

const COLUMNS: readonly { readonly title: string; readonly cell: (row: Row) => string }[] = [
  { title: 'model', cell: ({ model }) => model },
  { title: 'batch', cell: ({ batch }) => `${batch}` },
  { title: 'measure', cell: ({ measure }) => measure },
  { title: 'images/s', cell: ({ imagesPerSecond }) => significant(imagesPerSecond) },
  { title: 'PyTorch', cell: ({ peerImagesPerSecond }) => significant(peerImagesPerSecond) },
  { title: 'ratio', cell: ({ ratio }) => (ratio === null ? '-' : `${ratio.toFixed(2)}x`) },
  { title: 'peak MB', cell: ({ peakMemoryBytes }) => megabytes(peakMemoryBytes) },
  { title: 'PyTorch MB', cell: ({ peerPeakMemoryBytes }) => megabytes(peerPeakMemoryBytes) },
];

/** The rows as a Markdown table. */
export function table(rows: readonly Row[]): string {
  const lines = [
    COLUMNS.map(({ title }) => title),
    COLUMNS.map(() => '---'),
    ...rows.map((row) => COLUMNS.map(({ cell }) => cell(row))),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function significant(value: number | null): string {
  return value === null ? '-' : value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function megabytes(bytes: number | null): string {
  return bytes === null ? '-' : `${Math.round(bytes / 2 ** 20)}`;
}
