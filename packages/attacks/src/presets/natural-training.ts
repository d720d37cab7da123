import type { Objective } from '@st/core';
import { type LabelSmoothing, naturalLoss, noSearch, objective } from '@st/losses';

/** Natural training in one word: no search, and `naturalLoss`. */
export function naturalTraining(options: LabelSmoothing = {}): Objective {
  return objective({ search: noSearch, loss: naturalLoss(options) });
}
