import type { Objective } from '@st/core';
import { naturalLoss, noSearch, objective } from '@st/losses';

/** Natural training in one word: no search, and `naturalLoss`. */
export function naturalTraining(): Objective {
  return objective({ search: noSearch, loss: naturalLoss() });
}
