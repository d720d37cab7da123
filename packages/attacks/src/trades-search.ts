import { BATCH_NORM_MODES, checkChoice, checkKnownOptions, type Search, type Where } from '@st/core';
import { klDivergencePerExample } from '@st/losses';
import * as tf from '@tensorflow/tfjs-core';

import { checkSearchOptions } from './check-search-options.ts';
import { checkSearchBatch, climb } from './climb.ts';
import type { PgdOptions } from './pgd.ts';
import { RANDOM_STARTS, type RandomStart } from './random-start.ts';
import { checkStart, startPoints } from './start-points.ts';

export type TradesSearchOptions = Pick<PgdOptions, 'threat' | 'steps' | 'stepSize' | 'mode'> & {
  /** Default `'gaussian'`. `'natural'` is none: there the gradient of the KL is zero. */
  readonly start?: RandomStart | tf.Tensor4D;
};

const WHERE: Where = '[@st/attacks] tradesSearch';

/**
 * TRADES' inner search: climbs sum_i KL(natural_i || z_i), the natural prediction held constant, in mode `'inference'` by default.
 * @returns A search for the `adversarial` view.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @see Zhang et al. 2019, TRADES, arXiv 1901.08573, algorithm 1
 */
export function tradesSearch(options: TradesSearchOptions): Search<'adversarial'> {
  checkKnownOptions(WHERE, options, ['threat', 'steps', 'stepSize', 'start', 'mode']);
  const start = checkStart(WHERE, options.start ?? 'gaussian', RANDOM_STARTS);
  const mode = checkChoice(WHERE, 'mode', options.mode ?? 'inference', BATCH_NORM_MODES);
  const checked = checkSearchOptions(WHERE, options);
  return (classifier, batch, rng) => {
    checkSearchBatch(WHERE, batch, checked.threat);
    return tf.tidy(() => {
      const natural = classifier.logits(batch.images, mode);
      const ascend = (logits: tf.Tensor2D): tf.Tensor1D => klDivergencePerExample(natural, logits);
      const from = startPoints(WHERE, start, checked.threat, batch.images, rng);
      return { adversarial: climb(classifier, batch, from, { ...checked, mode, ascend, direction: 'up' }) };
    });
  };
}
