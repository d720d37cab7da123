import { DATA_SETTINGS, type DataChoices } from './data.ts';
import { EVALUATION_SETTINGS, type EvaluationChoices } from './evaluation.ts';
import { METHOD_SETTINGS, type MethodChoices } from './method.ts';
import { OPTIMIZER_SETTINGS, type OptimizerChoices } from './optimizer.ts';
import { RUN_SETTINGS, type RunChoices } from './run.ts';
import { SEARCH_SETTINGS, type SearchChoices } from './search.ts';
import type { Setting } from './setting.ts';

/** A configuration as the flags give it: the back end may be `auto`. */
export type Choices = MethodChoices & SearchChoices & OptimizerChoices & DataChoices & EvaluationChoices & RunChoices;

export type SettingName = keyof Choices;

type AllSettings = { readonly [K in SettingName]: Setting<Choices[K], SettingName> };

/** Settings under one heading of `--help`. */
type Group = { readonly heading: string; readonly settings: Partial<AllSettings> };

export const METHOD_GROUP: Group = { heading: 'What to train:', settings: METHOD_SETTINGS };
export const RUN_GROUP: Group = { heading: 'Run:', settings: RUN_SETTINGS };

/** Every flag that decides the outcome of a run, in the order of `--help`. */
export const GROUPS: readonly Group[] = [
  METHOD_GROUP,
  { heading: 'Search for the examples to train on:', settings: SEARCH_SETTINGS },
  { heading: 'Optimizer:', settings: OPTIMIZER_SETTINGS },
  { heading: 'Data:', settings: DATA_SETTINGS },
  { heading: 'Validation and evaluation:', settings: EVALUATION_SETTINGS },
  RUN_GROUP,
];

export const SETTINGS: AllSettings = {
  ...METHOD_SETTINGS,
  ...SEARCH_SETTINGS,
  ...OPTIMIZER_SETTINGS,
  ...DATA_SETTINGS,
  ...EVALUATION_SETTINGS,
  ...RUN_SETTINGS,
};

/** The defaults of all settings, or of those that older versions did not have. */
export function defaultsOf(which: 'all' | 'optional'): Partial<Choices> {
  const chosen = Object.entries(SETTINGS).filter(([, { isOptional }]) => which === 'all' || isOptional === true);
  return Object.fromEntries(chosen.map(([name, setting]) => [name, setting.default]));
}
