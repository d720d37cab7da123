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
 * The configuration of a new run: the values of the preset, overridden by those of the method and the norm, overridden by the given flags.
 * @param backend - Name of the active back end.
 * @throws {UsageError} if a flag has no effect with the chosen method or schedule.
 * @throws {InvalidArgumentError} if the radius is out of range for its norm, or the method has no search in that norm.
 */
export function resolveConfiguration({ preset, given }: CommandLine, backend: BackendName): Configuration {
  const usual = presetValues(preset, backend);
  const own = methodValues({ ...usual, ...given }, given.epsilon === undefined);
  const configuration = { preset, ...usual, ...own, ...given, backend };
  // --epochs without --max-steps replaces the preset's number of steps
  const maxSteps = given.epochs !== undefined && given.maxSteps === undefined ? null : configuration.maxSteps;
  const resolved: Configuration = { ...configuration, maxSteps };
  for (const name of Object.keys(given) as SettingName[]) refuseWithoutEffect(name, resolved);
  buildObjective(resolved);
  return resolved;
}

/**
 * Checks that flags given with `--resume` do not contradict the run: a resumed run keeps its own configuration.
 * @throws {UsageError} that names the first flag that differs.
 */
export function checkResumable(run: Configuration, given: Partial<Choices>): void {
  for (const name of Object.keys(given) as SettingName[]) {
    const asked = formatSetting(name, given[name]);
    const own = formatSetting(name, run[name]);
    if (asked === own || (name === 'backend' && asked === 'auto')) continue;
    const flag = flagOf(name);
    throw new UsageError(`${flag} ${asked} contradicts the run, which has ${own}: omit ${flag}, or start a new run.`);
  }
}

function refuseWithoutEffect(name: SettingName, configuration: Configuration): void {
  const { method, schedule } = configuration;
  const { methods = [method], schedules = [schedule], because, needs } = SETTINGS[name];
  const flag = flagOf(name);
  if (!methods.includes(method)) {
    const list = methods.join(', ');
    throw new UsageError(
      because === undefined
        ? `${flag} has no effect with --method ${method}: it applies to ${list}. Omit it.`
        : `${flag} does not work with --method ${method}, ${because}: it applies to ${list}. Omit it.`,
    );
  }
  if (!schedules.includes(schedule)) {
    throw new UsageError(
      `${flag} has no effect with --schedule ${schedule}: it applies to ${schedules.join(', ')}. Omit it.`,
    );
  }
  if (needs !== undefined && configuration[needs] === null) {
    throw new UsageError(`${flag} has no effect without ${flagOf(needs)}: give both, or neither.`);
  }
}

function flagOf(name: SettingName): string {
  return SETTINGS[name].flag.split(' ')[0] ?? name;
}
