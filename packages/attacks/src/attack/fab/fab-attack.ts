import type { Where } from '@st/core/kit';
import { checkRadiusFits } from '../../ball/threat.ts';
import type { Attack } from '../attack.ts';
import { attackInRounds, type RoundResult } from '../attack-in-rounds.ts';
import { checkRivals } from '../check-rivals.ts';
import { checkFabOptions, type FabAttackOptions, fabSettingsJson } from './fab-options.ts';
import { fabRound } from './fab-round.ts';
import { withPoints } from './fab-run.ts';

const WHERE: Where = '[@st/attacks] fabAttack';

/**
 * Fast adaptive boundary attack: searches for the nearest misclassified point, and counts those within the threat model as found. Restarts and targets
 * after the first run on the active examples alone.
 * @returns An attack, named `fab` or `fab-t` by default. Its queries count one forward pass on the natural image, and those of its runs.
 * @throws {InvalidArgumentError} for an option out of range or misspelt; when run, for more targets than classes, and for NaN among the logits.
 * @example
 * const attack = fabAttack({ threat: linf(8 / 255), targeted: 9 });
 * @see Croce and Hein 2020, arXiv 1907.02044; targeted as in AutoAttack, arXiv 2003.01690, section 4
 */
export function fabAttack(options: FabAttackOptions): Attack {
  const settings = checkFabOptions(WHERE, options);
  const { threat, targeted, restarts } = settings;
  const { name } = settings;
  return {
    name,
    threat,
    settings: fabSettingsJson(settings),
    check: (target) => {
      checkRivals(WHERE, targeted, target);
      checkRadiusFits(WHERE, threat, target.imageShape);
    },
    run: async (classifier, batch, randomness, { signal, judge } = {}) => {
      const task = { where: WHERE, classifier, batch, randomness, threat, signal, judge };
      return attackInRounds(task, { name, targets: targeted, restarts }, async (round): Promise<RoundResult> => {
        const { points, distances, ...counts } = await fabRound(WHERE, settings, classifier, round, signal);
        const found = Uint8Array.from(distances, (distance) => Number(distance <= threat.epsilon));
        return { adversarial: withPoints(round.images, points), found, ...counts };
      });
    },
  };
}
