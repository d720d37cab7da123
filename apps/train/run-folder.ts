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
  /** The path as the user gave it. */
  readonly path: string;
  readonly config: string;
  readonly metrics: string;
  /** Weights of the best step, in the same folder as `last.safetensors`. */
  readonly best: string;
  readonly results: string;
  readonly report: string;
};

/** The paths of the files of a run; creates nothing. */
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
 * Refuses a folder that already holds a run; nothing is ever overwritten.
 * @throws {UsageError} that says how to continue that run.
 */
export function refuseExistingRun({ path, config }: RunFolder): void {
  if (!existsSync(config)) return;
  throw new UsageError(`${path} already holds a run: add --resume to continue it, or choose another --out.`);
}

/** Creates the folder and writes the configuration into it. */
export async function startRun({ config }: RunFolder, configuration: Configuration): Promise<void> {
  await writeFileDurably(config, `${JSON.stringify(configuration, null, 2)}\n`);
}

/**
 * Reads the configuration of the run in a folder.
 * @throws {UsageError} if there is none, it is damaged, or another version of the program wrote it.
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

/** Later versions add settings whose default leaves them unused, so a configuration of an older version is read with the defaults of the settings that it lacks. */
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
 * The part of the configuration that checkpoints store and that a resumed run must match: all settings but those left unused, so that a run of an older
 * version, which lacks those settings, can be resumed.
 */
export function storedConfiguration(configuration: Configuration): JsonObject {
  const unused: Readonly<Record<string, unknown>> = defaultsOf('optional');
  const used = Object.entries(configuration).filter(([name, value]) => !(name in unused) || unused[name] !== value);
  return Object.fromEntries(used) as JsonObject;
}

/** The default folder of a new run: `runs/2026-01-31-12-00-00-squeeze-wrn-10-2`. */
export function defaultRunPath(method: string, model: string, now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[T:]/g, '-');
  return join('runs', `${time}-${method}-${model}`);
}
