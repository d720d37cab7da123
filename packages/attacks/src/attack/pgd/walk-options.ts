import { InvalidArgumentError } from '@st/core';
import { checkChoice, checkNumber, type JsonObject, type Where } from '@st/core/kit';
import type { RandomStart } from '../../ball/random-start.ts';
import { threatJson } from '../../ball/threat-json.ts';
import { checkSearchOptions, type SearchOptions } from '../../step/check-search-options.ts';

/** The losses with a name, which reports can show. */
export type WalkLoss = 'cross-entropy' | 'margin';

/** The options of a walk: projected gradient ascent by a number of steps. */
export type WalkOptions = SearchOptions & {
  /** Default `'cross-entropy'`; `'margin'` is the attack that papers call CW. */
  readonly ascend?: WalkLoss;
  /** Default `'uniform'` in the ball. */
  readonly start?: 'natural' | RandomStart;
  /** Number of walks, each from another start and of the active examples alone. More than 1 needs a random start. Default 1. */
  readonly restarts?: number;
};

/** All of the options. */
export type Walk = Required<WalkOptions>;

export const WALK_OPTIONS: readonly string[] = ['threat', 'steps', 'stepSize', 'ascend', 'start', 'restarts'];

/**
 * The options with their defaults.
 * @throws {InvalidArgumentError} for one out of range.
 */
export function checkWalkOptions(where: Where, options: WalkOptions): Walk {
  const start = checkChoice(where, 'start', options.start ?? 'uniform', ['natural', 'uniform', 'gaussian', 'radial']);
  const restarts = checkNumber(where, 'restarts', options.restarts ?? 1, { min: 1, integer: true });
  if (restarts > 1 && start === 'natural') {
    throw new InvalidArgumentError(
      `${where}: restarts must start at random, got ${restarts} restarts from 'natural', all the same. Use start 'uniform'.`,
      { argument: 'restarts', received: restarts },
    );
  }
  const ascend = checkChoice(where, 'ascend', options.ascend ?? 'cross-entropy', ['cross-entropy', 'margin']);
  return { ...checkSearchOptions(where, options), ascend, start, restarts };
}

/** As papers name it: steps, and restarts if there are several (`pgd-20`, `pgd-50-10`); `cw-` if it raises the margin. */
export function walkName({ steps, restarts, ascend }: Walk): string {
  return `${ascend === 'margin' ? 'cw-pgd' : 'pgd'}-${steps}${restarts > 1 ? `-${restarts}` : ''}`;
}

/** The walk as reports and resumed evaluations compare it. */
export function walkSettings({ threat, ...walk }: Walk): JsonObject {
  return { ...threatJson(threat), ...walk };
}
