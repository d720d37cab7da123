import type { BackendName } from '@st/backend';

import type { CommandLine } from './command-line.ts';
import type { Configuration } from './configuration.ts';
import { formatSetting } from './format-setting.ts';
import { presetValues } from './presets.ts';
import { type Choices, SETTINGS, type SettingName } from './settings.ts';
import { threatOf } from './threat-of.ts';
import { UsageError } from './usage-error.ts';

/**
 * The configuration of a new run: the preset's values, with the given flags over them.
 * @param backend - Name of the back end that is running.
 * @throws {UsageError} if a flag means nothing with the chosen method or schedule.
 * @throws {InvalidArgumentError} for a radius that cannot be meant in its norm.
 */
export function resolveConfiguration({ preset, given }: CommandLine, backend: BackendName): Configuration {
  const configuration = { preset, ...presetValues(preset, backend), ...given, backend };
  // epochs given alone mean those epochs, not the preset's number of steps
  const maxSteps = given.epochs !== undefined && given.maxSteps === undefined ? null : configuration.maxSteps;
  const resolved: Configuration = { ...configuration, maxSteps };
  for (const name of Object.keys(given) as SettingName[]) refuseMeaningless(name, resolved);
  threatOf(resolved);
  return resolved;
}

/**
 * Checks that flags given with `--resume` do not contradict the run: a resumed run goes on with its own configuration.
 * @throws {UsageError} naming the first that differs.
 */
export function checkResumable(run: Configuration, given: Partial<Choices>): void {
  for (const name of Object.keys(given) as SettingName[]) {
    const asked = formatSetting(name, given[name]);
    const own = formatSetting(name, run[name]);
    if (asked === own || (name === 'backend' && asked === 'auto')) continue;
    const flag = flagOf(name);
    throw new UsageError(
      `${flag} ${asked} contradicts the run, which has ${own}: leave ${flag} out, or start a new run.`,
    );
  }
}

function refuseMeaningless(name: SettingName, { method, schedule }: Configuration): void {
  const { methods = [method], schedules = [schedule] } = SETTINGS[name];
  if (!methods.includes(method)) {
    throw new UsageError(
      `${flagOf(name)} means nothing with --method ${method}: it belongs to ${methods.join(', ')}. Leave it out.`,
    );
  }
  if (!schedules.includes(schedule)) {
    throw new UsageError(
      `${flagOf(name)} means nothing with --schedule ${schedule}: it belongs to ${schedules.join(', ')}. Leave it out.`,
    );
  }
}

function flagOf(name: SettingName): string {
  return SETTINGS[name].flag.split(' ')[0] ?? name;
}
