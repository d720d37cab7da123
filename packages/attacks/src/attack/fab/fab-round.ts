import type { Classifier } from '@st/core';
import type { Where } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';
import { randomDraws } from '../../ball/random-draws.ts';
import type { Round } from '../attack-in-rounds.ts';
import type { FabSettings } from './fab-options.ts';
import { type FabFindings, fabSearch } from './fab-search.ts';
import { fabStart } from './fab-start.ts';

/** The run of one round: the first starts at the images, later ones at random. */
export async function fabRound(
  where: Where,
  settings: FabSettings,
  classifier: Classifier,
  { images, labels, targets, restart, rngs }: Round,
  signal: AbortSignal | undefined,
): Promise<FabFindings> {
  const { threat } = settings;
  const start = tf.tidy(() =>
    restart === 0 ? tf.clone(images) : fabStart(threat, images, randomDraws(threat.norm, images.shape, rngs)),
  );
  try {
    const examples = { images, labels, ...(targets && { targets }) };
    return await fabSearch(where, classifier, examples, start, { ...settings, signal });
  } finally {
    start.dispose();
  }
}
