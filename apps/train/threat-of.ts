import { l1, l2, linf } from '@st/attacks';
import type { ThreatModel } from '@st/core';

import type { Configuration } from './configuration.ts';

const BUILDERS = { linf, l2, l1 };

/** The ball that the model is trained and evaluated in. */
export function threatOf({ norm, epsilon }: Pick<Configuration, 'norm' | 'epsilon'>): ThreatModel {
  return BUILDERS[norm](epsilon);
}
