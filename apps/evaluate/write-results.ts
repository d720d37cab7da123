import { writeFileDurably } from '@st/core/node';
import type { ImageDataset } from '@st/data';
import { encodeAdversarialFile, type FoundExamples, type RobustnessReport } from '@st/evaluation';

import type { Environment } from '../train/report/report-data.ts';
import type { EvaluationSettings } from './command-line.ts';
import { sampleFound } from './gallery.ts';
import { type OutputFolder, refuseMovedFolder } from './output-folder.ts';
import { renderEvaluation } from './report/render-evaluation.ts';

export type Results = {
  readonly report: RobustnessReport;
  readonly found: readonly FoundExamples[];
  readonly folder: OutputFolder;
  readonly test: ImageDataset;
  readonly settings: EvaluationSettings;
  readonly environment: Environment;
};

/** Writes `adversarial.safetensors`, `report.html` and, last, `report.json`. */
export async function writeResults({ report, found, folder, test, settings, environment }: Results): Promise<void> {
  refuseMovedFolder(folder);
  const bytes = await encodeAdversarialFile(report, test, found);
  await writeFileDurably(folder.adversarial, bytes);
  const samples = await sampleFound(report, test, found);
  await writeFileDurably(folder.html, renderEvaluation({ report, samples, settings, environment }));
  await writeFileDurably(folder.json, `${JSON.stringify(report, null, 2)}\n`);
}
