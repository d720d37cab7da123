import type { Objective } from '@st/core';
import { naturalLoss, noSearch, objective } from '@st/losses';
import type { LabelSmoothing } from '@st/losses/kit';

import { presetSettings } from './preset-settings.ts';

/** Natural training: no search, and `naturalLoss`. */
export function naturalTraining(options: LabelSmoothing = {}): Objective {
  const loss = naturalLoss(options); // checks the options
  const { labelSmoothing = 0 } = options;
  return objective({
    search: noSearch,
    loss,
    settings: presetSettings('natural', { labelSmoothing }),
  });
}
