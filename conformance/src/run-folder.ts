import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFormatError, readSafetensors } from '@st/core';

import type { CheckContext } from './checker.ts';
import { KINDS, type Kind } from './checkers.ts';
import { goldenOf } from './golden.ts';
import type { ConformanceReport, Totals } from './report.ts';

/** Checks every file of a folder. An error that a checker throws fails its file; the other files are still checked. */
export async function runFolder(folder: string, context: CheckContext, report: ConformanceReport): Promise<Totals> {
  const seconds = new Map<string, number>();
  for (const file of list(folder)) {
    const kind = KINDS.find(({ pattern }) => pattern.test(file));
    const start = performance.now();
    if (!kind) report.fail(file, 'unknown reference file');
    else if ('notCovered' in kind.check) {
      report.notCovered(file, kind.check.notCovered);
      continue;
    } else await checkEntry(folder, file, { check: kind.check, context, report });
    seconds.set(file, (performance.now() - start) / 1000);
  }
  return report.finish(seconds);
}

type Covered = Exclude<Kind['check'], { readonly notCovered: string }>;

async function checkEntry(
  folder: string,
  file: string,
  { check, context, report }: { check: Covered; context: CheckContext; report: ConformanceReport },
): Promise<void> {
  try {
    if ('folder' in check) return await check.folder(join(folder, file), file, report.of(file));
    const golden = goldenOf(file, readSafetensors(readFileSync(join(folder, file)), file));
    await check(golden, report.of(file), context);
  } catch (error) {
    report.fail(file, error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    throw new DataFormatError(`[@st/conformance] the folder of reference files cannot be read: ${folder}.`, { cause });
  }
}
