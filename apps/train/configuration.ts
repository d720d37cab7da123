import type { BackendName } from '@st/backend';

import type { PresetName } from './preset-names.ts';
import type { Choices } from './settings/settings.ts';

/** All settings that determine the outcome of a run. Written to `config.json`. On one back end, the same values give the same weights. */
export type Configuration = Omit<Choices, 'backend'> & {
  readonly preset: PresetName;
  /** Name of the back end; resolved, never `auto`. */
  readonly backend: BackendName;
};
