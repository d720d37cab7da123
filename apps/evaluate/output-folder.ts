import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJson } from '@st/core/kit';
import { writeFileDurably } from '@st/core/node';

import { UsageError } from '../command-line/usage-error.ts';
import type { EvaluationSettings } from './command-line.ts';
import { settingsFault } from './settings-fault.ts';

/** The folder of one evaluation and the files in it. */
export type OutputFolder = {
  /** The path as the user gave it. */
  readonly path: string;
  readonly settings: string;
  /** Folder of the batches done so far. */
  readonly state: string;
  readonly json: string;
  readonly html: string;
  readonly adversarial: string;
};

/** The paths of the files of an evaluation; creates nothing. */
export function outputFolder(path: string): OutputFolder {
  return {
    path,
    settings: join(path, 'settings.json'),
    state: join(path, 'state'),
    json: join(path, 'report.json'),
    html: join(path, 'report.html'),
    adversarial: join(path, 'adversarial.safetensors'),
  };
}

/** The default folder of a new evaluation: `runs/2026-01-31-12-00-00-evaluation-autoattack`. */
export function defaultOutputPath(attack: readonly string[], now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
  return join('runs', `${time}-evaluation-${attack.join('-')}`);
}

/**
 * Refuses a folder that already holds an evaluation; nothing is ever overwritten.
 * @throws {UsageError} that says how to continue.
 */
export function refuseExistingEvaluation({ path, ...files }: OutputFolder): void {
  if (!Object.values(files).some((file) => existsSync(file))) return;
  throw new UsageError(`${path} already holds an evaluation: add --resume to continue it, or choose another --out.`);
}

/** Creates the folder and writes the settings into it, for `--resume`. */
export async function startEvaluation({ settings }: OutputFolder, chosen: EvaluationSettings): Promise<void> {
  await writeFileDurably(settings, `${JSON.stringify(chosen, null, 2)}\n`);
}

/**
 * Reads the settings of the evaluation in a folder.
 * @throws {UsageError} if there is none, or its settings are damaged.
 */
export function readSettings({ path, settings }: OutputFolder): EvaluationSettings {
  if (!existsSync(settings)) throw new UsageError(`${path} holds no evaluation to resume: leave out --resume.`);
  const fault = faultOr(settings);
  if ('settings' in fault) return fault.settings;
  throw new UsageError(`${settings} cannot be read: ${fault.problem}. Fix it, or choose another --out.`);
}

function faultOr(path: string): { readonly settings: EvaluationSettings } | { readonly problem: string } {
  try {
    const value = readJson('it', readFileSync(path));
    const problem = settingsFault(value);
    return problem === null ? { settings: value as EvaluationSettings } : { problem };
  } catch (error) {
    return { problem: (error as Error).message.replace(/\.$/, '') };
  }
}

/**
 * Refuses to write results if the folder was moved or deleted during the evaluation.
 * @throws {UsageError} that says how to continue.
 */
export function refuseMovedFolder({ path, settings }: OutputFolder): void {
  if (existsSync(settings)) return;
  throw new UsageError(
    `${path} was moved or deleted while the evaluation ran. To resume it in its new place: npm run evaluate -- --resume --out DIR`,
  );
}
