import { InvalidArgumentError, type Search, type ThreatModel } from '@st/core';
import { BATCH_NORM_MODES, checkChoice, checkKnownOptions, type Where } from '@st/core/kit';
import { klDivergencePerExample } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';
import { RANDOM_STARTS, type RandomStart } from '../ball/random-start.ts';
import { checkStart, startPoints } from '../ball/start-points.ts';
import { checkSearchOptions } from '../step/check-search-options.ts';
import { checkSearch, climb } from './climb.ts';
import type { PgdSearchOptions } from './pgd-search.ts';

export type TradesSearchOptions = Pick<PgdSearchOptions, 'threat' | 'steps' | 'stepSize' | 'mode'> & {
  /** l-infinity or l2. For l2 the published code has a step of 2 epsilon / steps, whatever step size it is given. */
  readonly threat: ThreatModel;
  /** Default `'gaussian'`. `'natural'` is not allowed: the gradient of the KL is zero there. */
  readonly start?: RandomStart | tf.Tensor4D;
};

/**
 * TRADES' inner search: raises sum_i KL(natural_i || z_i), the natural prediction held constant, in mode `'inference'` by default. In l2 it
 * steps along the unit gradient, then clips to [0, 1], then shrinks into the ball, as the published code does.
 * Deviation: an example whose gradient is exactly 0 does not move; the published l2 search moves it at random.
 * @returns A search for the `adversarial` view; it uses no labels.
 * @throws {InvalidArgumentError} for an option out of range or misspelt, or an l1 ball, for which TRADES has no search.
 * @see Zhang et al. 2019, TRADES, arXiv 1901.08573, algorithm 1
 */
export function tradesSearch(options: TradesSearchOptions): Search<'adversarial'> {
  return buildTradesSearch('[@st/attacks] tradesSearch', options);
}

/** `tradesSearch` under the name of the function that the user called, for errors. */
export function buildTradesSearch(where: Where, options: TradesSearchOptions): Search<'adversarial'> {
  checkKnownOptions(where, options, ['threat', 'steps', 'stepSize', 'start', 'mode']);
  const start = checkStart(where, options.start ?? 'gaussian', RANDOM_STARTS);
  const mode = checkChoice(where, 'mode', options.mode ?? 'inference', BATCH_NORM_MODES);
  const checked = checkSearchOptions(where, options);
  refuseL1(where, checked.threat);
  const ascent = { ...checked, mode, direction: 'up', projection: 'box-first' } as const;
  const search: Search<'adversarial'> = (classifier, batch, rng) => {
    checkSearch(where, { classifier, batch, rng }, checked.threat);
    return tf.tidy(() => {
      const natural = classifier.logits(batch.images, mode);
      const lossOf = (logits: tf.Tensor2D): tf.Tensor1D => klDivergencePerExample(natural, logits);
      const ascend = { where, argument: 'ascend', lossOf };
      const from = startPoints(where, start, checked.threat, batch.images, rng);
      return { adversarial: climb(classifier, batch, from, { ...ascent, ascend }) };
    });
  };
  return Object.assign(search, { takesUnlabeled: true as const });
}

function refuseL1(where: Where, { norm }: ThreatModel): void {
  if (norm !== 'l1') return;
  throw new InvalidArgumentError(
    `${where}: threat must be an l-infinity or l2 ball, got l1: TRADES has no published search there. Build one: pgdSearch({ threat, ascend, ... }) and tradesLoss.`,
    { argument: 'threat', received: norm },
  );
}
