import { expect, it } from 'vitest';

import type { KernelRow } from './kernel-row.ts';
import { kernelTable } from './kernel-table.ts';

const speeds = { direct: 50e9, accurate: 100e9, fast: 150e9 };
const layer: KernelRow = {
  ...{ batch: 32, size: 16, inChannels: 64, outChannels: 128, filter: 3, stride: 1 },
  operationsPerSecond: { forward: speeds, 'input gradient': speeds, 'filter gradient': { direct: 25e9 } },
};

it('prints one line per layer: GFLOP/s of every algorithm, and the share of the fastest; a dash for a missing algorithm', () => {
  const lines = kernelTable({ rows: [layer], peakOperationsPerSecond: 200e9 }).split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[2]).toBe(
    '| 32 x 16x16x64 -> 128, 3x3 | 50.0 | 100 | 150 | 75 % | 50.0 | 100 | 150 | 75 % | 25.0 | - | - | 13 % |',
  );
});
