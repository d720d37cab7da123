import { linf, pgdSearch } from '@st/attacks';
import { GAUSSIAN_START_DEVIATION } from '@st/attacks/parts';
import { martLoss } from '@st/losses';

import { checkTwoViews } from './check-two-views.ts';
import type { Checker } from './checker.ts';

/** Misclassification-aware adversarial training: a search that ascends cross-entropy from a start close to the images. */
export const checkMart: Checker = (golden, report) => {
  const walk = { threat: linf(golden.number('epsilon')), stepSize: golden.number('step_size') };
  return checkTwoViews(golden, report, {
    noiseScale: GAUSSIAN_START_DEVIATION,
    step: () => ({ ...walk, mode: 'inference', ascend: 'cross-entropy', direction: 'up' }),
    search: (start) => pgdSearch({ ...walk, steps: golden.number('perturb_steps'), start }),
    loss: martLoss({ beta: golden.number('beta') }),
  });
};
