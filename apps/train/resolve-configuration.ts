import type { BackendName } from '@st/backend';
import { formatSetting } from '../command-line/format-setting.ts';
import { UsageError } from '../command-line/usage-error.ts';
import { buildObjective } from './build-objective.ts';
import type { CommandLine } from './command-line.ts';
import type { Configuration } from './configuration.ts';
import { methodValues } from './method-values.ts';
import { presetValues } from './presets.ts';
import { type Choices, SETTINGS, type SettingName } from './settings/settings.ts';

/**
 * The configuration of a new run: the preset's values, those of the method and the norm over them, and the given flags over both.
 * @param backend - Name of the back end that is running.
 * @throws {UsageError} if a flag means nothing with the chosen method or schedule.
 * @throws {InvalidArgumentError} for a radius that cannot be meant in its norm, or a norm that the method has no search for.
 */
export function resolveConfiguration({ preset, given }: CommandLine, backend: BackendName): Configuration {
  const usual = presetValues(preset, backend);
  const own = methodValues({ ...usual, ...given }, given.epsilon === undefined);
  const configuration = { preset, ...usual, ...own, ...given, backend };
  // epochs given alone mean those epochs, not the preset's number of steps
  const maxSteps = given.epochs !== undefined && given.maxSteps === undefined ? null : configuration.maxSteps;
  const resolved: Configuration = { ...configuration, maxSteps };
  for (const name of Object.keys(given) as SettingName[]) refuseMeaningless(name, resolved);
  buildObjective(resolved);
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

function refuseMeaningless(name: SettingName, configuration: Configuration): void {
  const { method, schedule } = configuration;
  const { methods = [method], schedules = [schedule], because, needs } = SETTINGS[name];
  const flag = flagOf(name);
  if (!methods.includes(method)) {
    const list = methods.join(', ');
    throw new UsageError(
      because === undefined
        ? `${flag} means nothing with --method ${method}: it belongs to ${list}. Leave it out.`
        : `${flag} does not go with --method ${method}, ${because}: it goes with ${list}. Leave it out.`,
    );
  }
  if (!schedules.includes(schedule)) {
    throw new UsageError(
      `${flag} means nothing with --schedule ${schedule}: it belongs to ${schedules.join(', ')}. Leave it out.`,
    );
  }
  if (needs !== undefined && configuration[needs] === null) {
    throw new UsageError(`${flag} means nothing without ${flagOf(needs)}: give both, or neither.`);
  }
}

function flagOf(name: SettingName): string {
  return SETTINGS[name].flag.split(' ')[0] ?? name;
}
