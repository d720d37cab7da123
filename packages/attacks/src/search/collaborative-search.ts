import type { Search } from '@st/core';
import { BATCH_NORM_MODES, checkChoice, checkKnownOptions, type Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { RANDOM_STARTS } from '../ball/random-start.ts';
import { checkStart, startPoints } from '../ball/start-points.ts';
import { type AscentLoss, checkAscentLoss } from '../step/ascent-loss.ts';
import { checkSearchOptions } from '../step/check-search-options.ts';
import { checkSearch, climb } from './climb.ts';
import type { PgdSearchOptions } from './pgd-search.ts';

export type CollaborativeSearchOptions = Pick<PgdSearchOptions, 'threat' | 'steps' | 'stepSize' | 'start' | 'mode'> & {
  /** The loss to lower. Default `'cross-entropy'`. */
  readonly descend?: AscentLoss;
};

const WHERE: Where = '[@st/attacks] collaborativeSearch';

/**
 * Searches each ball for the point of lowest loss: `steps` times z <- P(z - stepSize d(grad_z loss)), by default from N(0, 0.001^2).
 * @returns A search for the `collaborative` view.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @see Li et al. 2023, Squeeze Training, arXiv 2205.11156, section 3
 */
export function collaborativeSearch(options: CollaborativeSearchOptions): Search<'collaborative'> {
  checkKnownOptions(WHERE, options, ['threat', 'steps', 'stepSize', 'start', 'mode', 'descend']);
  const start = checkStart(WHERE, options.start ?? 'gaussian', ['natural', ...RANDOM_STARTS]);
  const descent = {
    ...checkSearchOptions(WHERE, options),
    mode: checkChoice(WHERE, 'mode', options.mode ?? 'inference', BATCH_NORM_MODES),
    ascend: checkAscentLoss(WHERE, options.descend ?? 'cross-entropy', 'descend'),
    direction: 'down',
  } as const;
  return (classifier, batch, rng) => {
    checkSearch(WHERE, { classifier, batch, rng }, descent.threat);
    return tf.tidy(() => {
      const from = startPoints(WHERE, start, descent.threat, batch.images, rng);
      return { collaborative: climb(classifier, batch, from, descent) };
    });
  };
}
