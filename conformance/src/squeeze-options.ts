import { linf, type SqueezeStepOptions } from '@st/attacks';

import type { Golden } from './golden.ts';

/** The search that the header of a squeeze-training file describes. */
export function squeezeOptions(golden: Golden): SqueezeStepOptions {
  const threat = linf(golden.number('epsilon'));
  return { threat, stepSize: golden.number('step_size'), divergence: 'symmetric-kl', points: 'published' };
}
