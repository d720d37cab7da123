import { InvalidArgumentError } from '@st/core';
import type { Where } from '@st/core/kit';

import type { AttackTarget } from './attack.ts';

/**
 * Refuses more target classes than a classifier has without the label.
 * @throws {InvalidArgumentError} naming the maximum.
 */
export function checkRivals(where: Where, targets: number, { classes }: Pick<AttackTarget, 'classes'>): void {
  if (targets < classes) return;
  throw new InvalidArgumentError(
    `${where}: targets must be at most ${classes - 1}, the classes beside the label's of a classifier of ${classes}, got ${targets}. Pass targets: ${classes - 1}.`,
    { argument: 'targets', received: targets },
  );
}
