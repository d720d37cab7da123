import { pgd, randomStart } from '@st/attacks';
import { type Batch, type Classifier, createRng, nextTurn, type Rng, type ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

import { predict } from '../predict.ts';
import { type Flag, flag } from './flag.ts';

/** Steps between two looks at the clock and the event loop. */
const STEPS_A_TURN = 5;

/** Step size as a share of epsilon: 2/255 of 8/255. */
const STEP_SHARE = 1 / 4;

/** Fewer examples than this share may fall to another random start alone. */
const CHANCE = 0.02;

export type LongerAttack = {
  readonly threat: ThreatModel;
  /** Steps of the longest attack of the evaluation. */
  readonly steps: number;
  /** One stream an example, for the random start. */
  readonly streams: readonly Rng[];
  readonly signal: AbortSignal | undefined;
};

/** How many examples stood after so many steps of one walk. */
export type Standing = { readonly steps: number; readonly standing: number };

/**
 * Walks a plain PGD on cross-entropy from the examples that stood at the end: half the steps of the evaluation's longest attack, as many,
 * and twice as many, on one and the same way.
 * @throws the signal's reason when it is aborted.
 */
export async function walkFarther(classifier: Classifier, batch: Batch, attack: LongerAttack): Promise<Standing[]> {
  const { threat, steps, streams, signal } = attack;
  const labels = await batch.labels.data<'int32'>();
  const found: Standing[] = [];
  let points = startOf(batch, threat, streams);
  let done = 0;
  const fallen = new Set<number>();
  try {
    for (const end of [Math.ceil(steps / 2), steps, 2 * steps]) {
      while (done < end) {
        signal?.throwIfAborted();
        const few = Math.min(STEPS_A_TURN, end - done);
        const next = walk(classifier, batch, points, { threat, steps: few });
        points.dispose();
        points = next;
        done += few;
        await nextTurn();
      }
      const predicted = await predict(classifier, points);
      for (const [i, label] of labels.entries()) if (predicted[i] !== label) fallen.add(i);
      found.push({ steps: end, standing: labels.length - fallen.size });
    }
  } finally {
    points.dispose();
  }
  return found;
}

/** A point drawn at random from the ball of each image. */
function startOf({ images }: Batch, threat: ThreatModel, streams: readonly Rng[]): tf.Tensor4D {
  const [, height, width, channels] = images.shape;
  return tf.tidy(() => {
    const starts = streams.map((rng) => randomStart('uniform', threat, [1, height, width, channels], rng));
    return tf.add(images, tf.concat(starts));
  });
}

function walk(
  classifier: Classifier,
  batch: Batch,
  points: tf.Tensor4D,
  { threat, steps }: Pick<LongerAttack, 'threat' | 'steps'>,
): tf.Tensor4D {
  return tf.tidy(() => {
    const start = tf.sub<tf.Tensor4D>(points, batch.images);
    const search = pgd({ threat, steps, stepSize: threat.epsilon * STEP_SHARE, start });
    return search(classifier, batch, createRng(0)).adversarial; // draws nothing: the start is given
  });
}

/** The flag that the walks of one or more batches call for. */
export function longerAttackFlags(walks: readonly (readonly Standing[])[], probed: number): Flag[] {
  const [first] = walks;
  if (!first) return [];
  const standing = first.map((_, i) => walks.reduce((sum, walked) => sum + (walked[i]?.standing ?? 0), 0));
  const broken = probed - (standing.at(-1) ?? probed);
  if (broken < Math.max(1, CHANCE * probed)) return [];
  const steps = first.map((at) => at.steps);
  const seen = `Of ${probed} examples that stood, a PGD of ${steps.join(', ')} steps leaves ${standing.join(', ')} standing.`;
  return [flag('accuracy-still-falling', seen, { probed, steps, standing })];
}
