import { readSafetensors } from '@st/core';

import type { CheckContext } from './checker.ts';
import { checkerOf } from './checkers.ts';
import { goldenOf } from './golden.ts';
import type { ConformanceReport } from './report.ts';

/** Checks a reference file, given its bytes. An error that its checker throws fails the file and no other. */
export async function checkFile(
  file: string,
  bytes: () => Uint8Array | Promise<Uint8Array>,
  context: CheckContext,
  report: ConformanceReport,
): Promise<void> {
  const check = checkerOf(file);
  if (!check) return report.fail(file, 'unknown reference file');
  await failingAlone(file, report, async () => {
    await check(goldenOf(file, readSafetensors(await bytes(), file)), report.of(file), context);
  });
}

/** Runs a check; what it throws fails its file and no other. */
export async function failingAlone(file: string, report: ConformanceReport, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    report.fail(file, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
