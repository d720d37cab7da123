import type { Classifier, Where } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import type { Attack } from '../attack.ts';
import { attackRemaining, type Round, type RoundResult } from '../attack-remaining.ts';
import { randomDraws } from '../random-draws.ts';
import { checkFabOptions, type FabOptions, type FabSettings, fabSettingsJson } from './fab-options.ts';
import { type FabRun, fabRun } from './fab-run.ts';
import { fabStart } from './fab-start.ts';

const WHERE: Where = '[@st/attacks] fab';

/**
 * Fast adaptive boundary attack: looks for the nearest misclassified point, and counts those within the threat model as found. Restarts
 * and targets after the first are run on the examples not found yet.
 * @returns An attack named `fab` or `fab-t`. Its queries count one forward pass on the natural image, and those of its runs.
 * @throws {InvalidArgumentError} for an option out of range or misspelt; when run, for more targets than classes, and for NaN among the logits.
 * @example
 * const attack = fab({ threat: linf(8 / 255), targeted: 9 });
 * @see Croce and Hein 2020, arXiv 1907.02044; targeted as in AutoAttack, arXiv 2003.01690, section 4
 */
export function fab(options: FabOptions): Attack {
  const settings = checkFabOptions(WHERE, options);
  const { threat, targeted, restarts } = settings;
  const name = targeted > 0 ? 'fab-t' : 'fab';
  return {
    name,
    threat,
    settings: fabSettingsJson(settings),
    run: async (classifier, batch, randomness, { signal } = {}) => {
      const task = { where: WHERE, classifier, batch, randomness, threat };
      return attackRemaining(task, { name, targets: targeted, restarts }, async (round): Promise<RoundResult> => {
        const { distances, ...result } = await fabRound(settings, classifier, round, signal);
        return { ...result, found: Uint8Array.from(distances, (distance) => Number(distance <= threat.epsilon)) };
      });
    },
  };
}

/** The run of one round: from the images themselves at first, then from random starts. */
export async function fabRound(
  settings: FabSettings,
  classifier: Classifier,
  { images, labels, targets, restart, rngs }: Round,
  signal: AbortSignal | undefined,
): Promise<FabRun> {
  const { threat } = settings;
  const start = tf.tidy(() =>
    restart === 0 ? tf.clone(images) : fabStart(threat, images, randomDraws(threat.norm, images.shape, rngs)),
  );
  try {
    const examples = { images, labels, ...(targets && { targets }) };
    return await fabRun(classifier, examples, start, { ...settings, signal });
  } finally {
    start.dispose();
  }
}
