import { formatSetting } from '../command-line/format-setting.ts';
import type { Configuration } from './configuration.ts';
import type { PresetName } from './preset-names.ts';
import { presetValues } from './presets.ts';
import { SETTINGS, type SettingName } from './settings/settings.ts';

/** The shortest command that gives this configuration: the preset, the back end, and the flags that differ from the preset. */
export function reproductionCommand(configuration: Configuration): string {
  const { preset, backend, method } = configuration;
  const usual = { ...presetValues(preset as PresetName, backend), backend: undefined };
  const names = (Object.keys(SETTINGS) as SettingName[]).filter(
    (name) =>
      (SETTINGS[name].methods ?? [method]).includes(method) && // the method determines the others
      formatSetting(name, configuration[name]) !== formatSetting(name, usual[name]),
  );
  return [
    'npm start --',
    '--preset',
    preset,
    ...names.flatMap((name) => flagWithValue(name, configuration[name])),
  ].join(' ');
}

function flagWithValue(name: SettingName, value: unknown): string[] {
  const flag = SETTINGS[name].flag.split(' ')[0] ?? name;
  if (value === null) return [];
  if (typeof value === 'boolean') return [value ? flag : flag.replace('--', '--no-')];
  return [flag, formatSetting(name, value)];
}
