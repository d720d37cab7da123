import { l2, linf, tradesSearch } from '@st/attacks';
import { type AscentStepOptions, GAUSSIAN_START_DEVIATION } from '@st/attacks/parts';
import type { Batch, Classifier, Loss } from '@st/core';
import { klDivergencePerExample, rstTradesLoss, tradesLoss } from '@st/losses';

import { checkTwoViews } from './check-two-views.ts';
import type { Checker } from './checker.ts';
import type { Golden } from './golden.ts';
import type { Report } from './report.ts';

/** TRADES in the l-infinity or l2 ball. */
export const checkTrades: Checker = (golden, report) =>
  check(golden, report, tradesLoss({ beta: golden.number('beta') }));

/** TRADES in robust self-training: images without a label contribute a weighted entropy term. */
export const checkRstTrades: Checker = (golden, report) => {
  const entropyWeight = golden.number('entropy_weight');
  return check(golden, report, rstTradesLoss({ beta: golden.number('beta'), entropyWeight }));
};

function check(golden: Golden, report: Report, loss: Loss<'natural' | 'adversarial'>): Promise<void> {
  const walk = walkOf(golden);
  return checkTwoViews(golden, report, {
    noiseScale: GAUSSIAN_START_DEVIATION,
    step: (classifier, batch) => ({ ...walk, ...climbing(classifier, batch), mode: 'inference', direction: 'up' }),
    search: (start) => {
      const { threat, stepSize } = walk;
      return tradesSearch({ threat, stepSize, steps: golden.number('perturb_steps'), start });
    },
    loss,
  });
}

function climbing(classifier: Classifier, { images }: Batch): Pick<AscentStepOptions, 'ascend'> {
  const natural = classifier.logits(images, 'inference');
  return { ascend: (logits) => klDivergencePerExample(natural, logits) };
}

/** In l2 the published code ignores the step size of its settings. */
function walkOf(golden: Golden): Pick<AscentStepOptions, 'threat' | 'stepSize' | 'projection'> {
  const epsilon = golden.number('epsilon');
  return golden.setting('distance') === 'l_2'
    ? { threat: l2(epsilon), stepSize: (2 * epsilon) / golden.number('perturb_steps'), projection: 'box-first' }
    : { threat: linf(epsilon), stepSize: golden.number('step_size'), projection: 'threat' };
}
