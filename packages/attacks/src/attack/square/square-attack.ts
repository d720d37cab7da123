import type { ThreatModel } from '@st/core';
import { checkChoice, checkKnownOptions, checkNumber, type Where } from '@st/core/kit';
import { checkRadiusFits, checkThreat } from '../../ball/threat.ts';
import { threatJson } from '../../ball/threat-json.ts';
import type { Attack } from '../attack.ts';
import { attackInRounds } from '../attack-in-rounds.ts';
import { checkName } from '../check-name.ts';
import { drawsOf } from './square-draws.ts';
import { squareRunUnchecked } from './square-run.ts';
import { checkSquareSchedule } from './square-schedule.ts';
import { SQUARE_LOSSES, type SquareLoss } from './square-scores.ts';

export type SquareAttackOptions = {
  readonly threat: ThreatModel;
  /** Iterations a restart, one forward pass each, after one for the start. Default 5000, as in AutoAttack. */
  readonly queries?: number;
  /** Default 1, as in AutoAttack. */
  readonly restarts?: number;
  /** Share of the image's area that the first windows cover, in (0, 1]. Default 0.8, as in AutoAttack. */
  readonly pInit?: number;
  /**
   * Whether the schedule of window sizes, published for 10000 iterations, is stretched to `queries`; otherwise it is truncated. Default false, as in
   * AutoAttack; with far fewer queries true finds more.
   */
  readonly rescale?: boolean;
  /** The loss that a candidate must lower. Default `'margin'`, as in AutoAttack. */
  readonly loss?: SquareLoss;
  /** In reports. Default `'square'`. */
  readonly name?: string;
};

const WHERE: Where = '[@st/attacks] squareAttack';

/**
 * Square: a black-box attack by random search. It needs no gradients, so it also breaks classifiers that mask theirs.
 * The defaults are AutoAttack's. Windows, and in l-infinity their content, are the same for all examples of an iteration.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @see Andriushchenko et al. 2020, Square Attack, arXiv 1912.00049; for l1 Croce and Hein 2021, arXiv 2103.01208
 */
export function squareAttack(options: SquareAttackOptions): Attack {
  checkKnownOptions(WHERE, options, ['threat', 'queries', 'restarts', 'pInit', 'rescale', 'loss', 'name']);
  const threat = checkThreat(WHERE, options.threat);
  const restarts = checkNumber(WHERE, 'restarts', options.restarts ?? 1, { min: 1, integer: true });
  const { queries = 5000, pInit = 0.8, rescale = false } = options;
  const schedule = checkSquareSchedule(WHERE, { queries, pInit, rescale });
  const loss = checkChoice(WHERE, 'loss', options.loss ?? 'margin', SQUARE_LOSSES);
  return {
    name: checkName(WHERE, options.name ?? 'square'),
    threat,
    check: ({ imageShape }) => checkRadiusFits(WHERE, threat, imageShape),
    settings: { ...threatJson(threat), ...schedule, loss, restarts },
    run: (classifier, batch, randomness, { signal, judge } = {}) => {
      const task = { where: WHERE, classifier, batch, randomness, threat, signal, judge };
      return attackInRounds(
        task,
        { name: 'square', targets: 0, restarts },
        async ({ images, labels, rngs, restart }) => {
          const draws = drawsOf(randomness.shared.split(`square: restart ${restart}`), rngs);
          const { best, found, queries } = await squareRunUnchecked(
            WHERE,
            classifier,
            { images, labels },
            { threat, ...schedule, loss, judge },
            draws,
            signal,
          );
          return { adversarial: best, found, queries, gradientCalls: new Int32Array(found.length) };
        },
      );
    },
  };
}
