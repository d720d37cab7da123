import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataFormatError } from '@st/core';

import { checkCheckpoints } from './check-checkpoints.ts';
import { checkFile, failingAlone } from './check-file.ts';
import type { CheckContext } from './checker.ts';
import type { ConformanceReport, Totals } from './report.ts';

/** The folder of PyTorch files that a folder of reference files may contain. */
const CHECKPOINTS = 'ckpt';

/** Checks every file of a folder. An error that a checker throws fails its file; the other files are still checked. */
export async function runFolder(folder: string, context: CheckContext, report: ConformanceReport): Promise<Totals> {
  const seconds = new Map<string, number>();
  for (const file of list(folder)) {
    const start = performance.now();
    const path = join(folder, file);
    if (file === 'README.md') {
      report.notCovered(file, 'text');
      continue;
    }
    if (file === CHECKPOINTS)
      await failingAlone(file, report, async () => checkCheckpoints(path, file, report.of(file)));
    else await checkFile(file, () => readFileSync(path), context, report);
    seconds.set(file, (performance.now() - start) / 1000);
  }
  return report.finish(seconds);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    throw new DataFormatError(`[@st/conformance] the folder of reference files cannot be read: ${folder}.`, { cause });
  }
}
