import {
  checkChoice,
  checkKnownOptions,
  checkNumber,
  describeValue,
  InvalidArgumentError,
  type ThreatModel,
  type Where,
} from '@st/core';

import type { Attack } from '../attack.ts';
import { attackRemaining } from '../attack-remaining.ts';
import { threatJson } from '../epsilons.ts';
import { checkRadiusFits, checkThreat } from '../threat.ts';
import { drawsOf } from './square-draws.ts';
import { squareRun } from './square-run.ts';
import type { SquareLoss } from './square-scores.ts';

export type SquareOptions = {
  readonly threat: ThreatModel;
  /** Iterations a restart, one forward pass each, after one for the start. Default 5000, as in AutoAttack. */
  readonly queries?: number;
  /** Default 1, as in AutoAttack. */
  readonly restarts?: number;
  /** Share of the image's area that the first windows cover, in (0, 1]. Default 0.8, as in AutoAttack. */
  readonly pInit?: number;
  /**
   * Whether the schedule of the windows' sizes, made for 10000 iterations, is stretched to `queries`; else it is cut off there. Default
   * false, as in AutoAttack; with much fewer queries true finds more.
   */
  readonly rescale?: boolean;
  /** What a candidate must lower. Default `'margin'`, as in AutoAttack. */
  readonly loss?: SquareLoss;
  /** In reports. Default `'square'`. */
  readonly name?: string;
};

const WHERE: Where = '[@st/attacks] square';

/**
 * Square: a black-box attack by random search. It takes no gradients, so that it also breaks classifiers whose gradients tell nothing.
 * The defaults are AutoAttack's. Windows, and in l-infinity their content, are the same for all examples of an iteration.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @see Andriushchenko et al. 2020, Square Attack, arXiv 1912.00049; for l1 Croce and Hein 2021, arXiv 2103.01208
 */
export function square(options: SquareOptions): Attack {
  checkKnownOptions(WHERE, options, ['threat', 'queries', 'restarts', 'pInit', 'rescale', 'loss', 'name']);
  const threat = checkThreat(WHERE, options.threat);
  const restarts = checkNumber(WHERE, 'restarts', options.restarts ?? 1, { min: 1, integer: true });
  const schedule = {
    queries: checkNumber(WHERE, 'queries', options.queries ?? 5000, { min: 1, integer: true }),
    pInit: checkNumber(WHERE, 'pInit', options.pInit ?? 0.8, { min: 0, aboveMin: true, max: 1 }),
    rescale: checkRescale(options.rescale ?? false),
  };
  const loss = checkChoice(WHERE, 'loss', options.loss ?? 'margin', ['margin', 'cross-entropy']);
  return {
    name: options.name ?? 'square',
    threat,
    check: ({ imageShape }) => checkRadiusFits(WHERE, threat, imageShape),
    settings: { ...threatJson(threat), ...schedule, loss, restarts },
    run: (classifier, batch, randomness, { signal } = {}) => {
      const task = { where: WHERE, classifier, batch, randomness, threat };
      return attackRemaining(
        task,
        { name: 'square', targets: 0, restarts },
        async ({ images, labels, rngs, restart }) => {
          const draws = drawsOf(randomness.shared.split(`square: restart ${restart}`), rngs);
          const { best, found, queries } = await squareRun(
            classifier,
            { images, labels },
            { threat, ...schedule, loss },
            draws,
            signal,
          );
          return { adversarial: best, found, queries, gradientCalls: new Int32Array(found.length) };
        },
      );
    },
  };
}

function checkRescale(rescale: unknown): boolean {
  if (typeof rescale === 'boolean') return rescale;
  throw new InvalidArgumentError(
    `${WHERE}: rescale must be true or false, got ${describeValue(rescale)}. It says whether the schedule is stretched to the number of queries.`,
    { argument: 'rescale', received: rescale },
  );
}
