import { InvalidArgumentError, type Pass, type View } from '@st/core';
import { BATCH_NORM_MODES, checkChoice, checkKind, checkKnownOptions, type Where } from '@st/core/kit';

import { VIEW_ORDER } from './select-extremes.ts';

/**
 * Returns `passes` if they forward each needed view exactly once for its logits, and no other view.
 * @throws {InvalidArgumentError} for anything but a list, for an unknown view, mode or use, or if a view is missing, not needed or forwarded twice.
 */
export function checkPasses<V extends View>(
  where: Where,
  passes: readonly Pass<V>[],
  needed: readonly View[],
): readonly Pass<V>[] {
  checkKind(where, 'passes', passes, 'list');
  for (const pass of passes) {
    checkKnownOptions(where, pass, ['view', 'mode', 'use']);
    checkChoice(where, 'passes view', pass.view, VIEW_ORDER);
    checkChoice(where, 'passes mode', pass.mode, BATCH_NORM_MODES);
    checkChoice(where, 'passes use', pass.use ?? 'logits', ['logits', 'statistics']);
  }
  const forwarded = passes.filter((pass) => pass.use !== 'statistics').map((pass) => pass.view as View);
  if (sorted(forwarded) === sorted(needed)) return passes;
  throw new InvalidArgumentError(
    `${where}: passes must forward each view that the loss takes once for its logits (${sorted(needed)}), got ${
      sorted(forwarded) || 'none'
    }. Mark a further pass of a view with { use: 'statistics' }.`,
    { argument: 'passes', received: forwarded },
  );
}

function sorted(views: readonly View[]): string {
  return [...views].sort().join(', ');
}
