import { describeValue } from '@st/core/kit';

import type { Configuration } from './configuration.ts';
import { PRESET_NAMES } from './preset-names.ts';
import { PRESETS } from './presets.ts';
import { SETTINGS } from './settings/settings.ts';

/** Settings that may be null: those that are null in some preset. */
const OPTIONAL = new Set(
  Object.values(PRESETS).flatMap(({ values }) =>
    Object.entries(values).flatMap(([name, value]) => (value === null ? [name] : [])),
  ),
);

/** Says what is wrong with a stored value of a setting; undefined if its flag can give that value. */
export function settingProblem(name: keyof Configuration, value: unknown): string | undefined {
  if (name === 'preset') return PRESET_NAMES.some((preset) => preset === value) ? undefined : sentence(name, value);
  if (value === null && OPTIONAL.has(name)) return undefined;
  if (name === 'backend' && value === 'auto') return sentence(name, value, 'It must name one back end.');
  const { parse } = SETTINGS[name];
  if (!parse) return typeof value === 'boolean' ? undefined : sentence(name, value, 'It must be true or false.');
  try {
    const isSame = JSON.stringify(parse(String(value))) === JSON.stringify(value);
    return isSame ? undefined : sentence(name, value);
  } catch (error) {
    return sentence(name, value, (error as Error).message);
  }
}

function sentence(name: string, value: unknown, hint?: string): string {
  return [`its '${name}' is ${describeValue(value)}.`, hint].filter(Boolean).join(' ');
}
