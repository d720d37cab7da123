import type { Search, ThreatModel } from '@st/core';
import { checkKnownOptions, type Where } from '@st/core/kit';
import { checkThreat } from '../ball/threat.ts';
import { buildPgd, type PgdSearchOptions } from './pgd-search.ts';

/** As `PgdSearchOptions`; the one step has the length of the radius. */
export type FgsmSearchOptions = Pick<PgdSearchOptions, 'mode' | 'ascend' | 'targets'> & {
  readonly threat: ThreatModel;
};

const WHERE: Where = '[@st/attacks] fgsmSearch';

/**
 * Fast gradient sign method: P(x + epsilon sign(grad_x loss)); for l2 and l1 the step goes in their steepest direction.
 * @returns A search for the `adversarial` view.
 * @throws {InvalidArgumentError} for an option out of range or misspelt.
 * @see Goodfellow et al. 2015, arXiv 1412.6572, section 4
 */
export function fgsmSearch(options: FgsmSearchOptions): Search<'adversarial'> {
  checkKnownOptions(WHERE, options, ['threat', 'mode', 'ascend', 'targets']);
  const { epsilon } = checkThreat(WHERE, options.threat);
  return buildPgd(WHERE, { ...options, steps: 1, stepSize: epsilon, start: 'natural' });
}
