import { checkKnownOptions, type Where } from '@st/core/kit';
import { checkRadiusFits } from '../../ball/threat.ts';
import type { Attack } from '../attack.ts';
import { attackInRounds } from '../attack-in-rounds.ts';
import { checkName } from '../check-name.ts';
import { tryPoints } from './try-points.ts';
import { walk } from './walk.ts';
import { checkWalkOptions, WALK_OPTIONS, type WalkOptions, walkName, walkSettings } from './walk-options.ts';

export type PgdAttackOptions = WalkOptions & {
  /** In reports. Default: the steps, and the restarts if there are several: `pgd-20`, `pgd-50-10`; `cw-pgd-20` for the margin. */
  readonly name?: string;
};

/**
 * Projected gradient descent as an attack of evaluations: an example is broken if the last point of some restart is misclassified. Takes the steps of
 * `pgdSearch`. Weaker than `apgdAttack`; provided because papers report it.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @example
 * const attack = pgdAttack({ threat: CIFAR10_LINF, ...PGD_20 });
 * @see Madry et al. 2018, arXiv 1706.06083, section 2.1
 */
export function pgdAttack(options: PgdAttackOptions): Attack {
  return buildPgdAttack('[@st/attacks] pgdAttack', options);
}

/** `pgdAttack` under the name of the function that the user called, for errors. */
export function buildPgdAttack(where: Where, options: PgdAttackOptions): Attack {
  checkKnownOptions(where, options, [...WALK_OPTIONS, 'name']);
  const settings = checkWalkOptions(where, options);
  const { threat, restarts, steps } = settings;
  const name = checkName(where, options.name ?? walkName(settings));
  return {
    name,
    threat,
    settings: walkSettings(settings),
    check: ({ imageShape }) => checkRadiusFits(where, threat, imageShape),
    run: (classifier, batch, randomness, { signal, judge } = {}) => {
      const task = { where, classifier, batch, randomness, threat, signal, judge };
      return attackInRounds(task, { name: 'pgd', targets: 0, restarts }, async (round) => {
        const { points, gradientsNotFinite } = await walk(classifier, round, settings, signal);
        const tried = await tryPoints(where, classifier, points, round.labels);
        const size = tried.found.length;
        return {
          ...tried,
          gradientsNotFinite,
          queries: new Int32Array(size).fill(steps + 1),
          gradientCalls: new Int32Array(size).fill(steps),
        };
      });
    },
  };
}
