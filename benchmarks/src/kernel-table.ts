import { ALGORITHMS, type KernelReport, PASSES } from './kernel-row.ts';
import { markdown, share, significant } from './table.ts';

const TITLES = { direct: 'direct', accurate: 'F(2x2)', fast: 'Winograd' } as const;

/** GFLOP/s of every layer shape, pass and algorithm, with the share of the peak for the fastest, as a Markdown table. */
export function kernelTable({ rows, peakOperationsPerSecond: peak }: KernelReport): string {
  const titles = PASSES.flatMap((pass) => [
    ...ALGORITHMS.map((algorithm) => `${pass}: ${TITLES[algorithm]}`),
    'of peak',
  ]);
  return markdown(
    ['layer', ...titles],
    rows.map(({ batch, size, inChannels, outChannels, filter, stride, operationsPerSecond }) => [
      `${batch} x ${size}x${size}x${inChannels} -> ${outChannels}, ${filter}x${filter}${stride > 1 ? ` / ${stride}` : ''}`,
      ...PASSES.flatMap((pass) => {
        const speeds = ALGORITHMS.map((algorithm) => operationsPerSecond[pass][algorithm]);
        const best = Math.max(...speeds.map((speed) => speed ?? 0));
        return [...speeds.map((speed) => (speed === undefined ? '-' : significant(speed * 1e-9))), share(best, peak)];
      }),
    ]),
  );
}
