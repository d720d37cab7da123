import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type JsonObject, readJson } from '@st/core/kit';
import { writeFileDurably } from '@st/core/node';
import { UsageError } from '../command-line/usage-error.ts';
import type { Configuration } from './configuration.ts';
import { settingProblem } from './setting-problem.ts';
import { defaultsOf, SETTINGS } from './settings/settings.ts';

/** The folder of one run and the files in it. */
export type RunFolder = {
  /** As the user wrote it. */
  readonly path: string;
  readonly config: string;
  readonly metrics: string;
  /** Weights of the best step, in the same folder as `last.safetensors`. */
  readonly best: string;
  readonly results: string;
  readonly report: string;
};

/** Names the files of a run; touches nothing. */
export function runFolder(path: string): RunFolder {
  return {
    path,
    config: join(path, 'config.json'),
    metrics: join(path, 'metrics.jsonl'),
    best: join(path, 'best.safetensors'),
    results: join(path, 'results.json'),
    report: join(path, 'report.html'),
  };
}

/**
 * Refuses a folder that holds a run already: nothing is ever overwritten.
 * @throws {UsageError} saying how to go on with that run.
 */
export function refuseExistingRun({ path, config }: RunFolder): void {
  if (!existsSync(config)) return;
  throw new UsageError(`${path} already holds a run: add --resume to go on with it, or give another --out.`);
}

/** Makes the folder and writes the configuration into it. */
export async function startRun({ config }: RunFolder, configuration: Configuration): Promise<void> {
  await writeFileDurably(config, `${JSON.stringify(configuration, null, 2)}\n`);
}

/**
 * The configuration of the run in a folder.
 * @throws {UsageError} if there is none, it cannot be read, or another version of the program wrote it.
 */
export function readRun({ path, config }: RunFolder): Configuration {
  if (!existsSync(config)) throw new UsageError(`${path} holds no run to resume: start one with --out ${path}.`);
  let stored: unknown;
  try {
    stored = readJson(`${config}`, readFileSync(config, 'utf8'));
  } catch (error) {
    throw new UsageError(`${config} is not the configuration of a run: ${(error as Error).message}. Start a new run.`);
  }
  return understood(config, { ...defaultsOf('optional'), ...(typeof stored === 'object' ? stored : {}) });
}

/** Settings are added from version to version, and have always been left unused by default: what an older run lacks, it does without. */
function understood(config: string, stored: Readonly<Record<string, unknown>>): Configuration {
  const known = ['preset', ...Object.keys(SETTINGS)];
  const missing = known.find((name) => !(name in stored));
  const foreign = Object.keys(stored).find((name) => !known.includes(name));
  if (missing ?? foreign) {
    const what = missing ? `it lacks '${missing}'` : `it holds '${foreign}'`;
    throw new UsageError(
      `${config} was written by another version of this program: ${what}. Resume it with that version, or start a new run.`,
    );
  }
  const problem = Object.entries(stored)
    .map(([name, value]) => settingProblem(name as keyof Configuration, value))
    .find((text) => text !== undefined);
  if (problem === undefined) return stored as Configuration;
  throw new UsageError(
    `${config} was edited, or written by another version of this program: ${problem} Set it back, or start a new run.`,
  );
}

/**
 * What a run's checkpoints keep of its configuration, and a resumed run must share: all but what it leaves unused, so that a run of a
 * version without those settings can be resumed.
 */
export function storedConfiguration(configuration: Configuration): JsonObject {
  const unused: Readonly<Record<string, unknown>> = defaultsOf('optional');
  const used = Object.entries(configuration).filter(([name, value]) => !(name in unused) || unused[name] !== value);
  return Object.fromEntries(used) as JsonObject;
}

/** Where a run goes that was given no folder: `runs/2026-01-31-12-00-00-squeeze-wrn-10-2`. */
export function defaultRunPath(method: string, model: string, now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
  return join('runs', `${time}-${method}-${model}`);
}
