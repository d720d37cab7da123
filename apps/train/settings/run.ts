import { BACKENDS, type BackendName } from '@st/backend';
import { choice } from './choice.ts';
import { nonNegativeInteger, positiveInteger } from './numbers.ts';
import type { Settings } from './setting.ts';

/** A back end, or the fastest available one. */
type BackendChoice = 'auto' | BackendName;

export type RunChoices = {
  readonly seed: number;
  readonly backend: BackendChoice;
  readonly checkpointEvery: number;
};

/** Run. */
export const RUN_SETTINGS: Settings<RunChoices> = {
  seed: { flag: '--seed <n>', help: 'seed of every random draw', default: 1, parse: nonNegativeInteger },
  backend: {
    flag: '--backend <name>',
    help: `auto (the fastest available), ${BACKENDS.join(', ')}`,
    default: 'auto',
    parse: choice<BackendChoice>(['auto', ...BACKENDS]),
  },
  checkpointEvery: {
    flag: '--checkpoint-every <steps>',
    help: 'steps between checkpoints, in addition to one at every validation',
    default: 100,
    parse: positiveInteger,
  },
};
