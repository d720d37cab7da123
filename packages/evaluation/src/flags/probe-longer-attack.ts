import { type Attack, type AttackResult, type Judge, pgdSearch } from '@st/attacks';
import { startPerExample } from '@st/attacks/parts';
import { type Batch, type Classifier, createRng, type Rng, type ThreatModel } from '@st/core';
import { nextTurn } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { wrongShares } from '../predict.ts';
import type { AttackOnExample } from '../report/robustness-report.ts';
import { type Flag, flag } from './flag.ts';

/** Steps between two looks at the clock and the event loop. */
const STEPS_A_TURN = 5;

/** Step size as a share of epsilon: 2/255 of 8/255. */
const STEP_SHARE = 1 / 4;

/** Fewer examples than this share may fall to another random start alone. */
const CHANCE = 0.02;

/** Steps at which the walk looks: half of the evaluation's longest attack, as many, and twice as many. */
function stepsLookedAt(steps: number): readonly number[] {
  return [Math.ceil(steps / 2), steps, 2 * steps];
}

/**
 * A plain PGD on cross-entropy that walks on from what stood at the end: to half the steps of the evaluation's longest attack, as many, and
 * twice as many, on one and the same way. The gradient calls of an example are the steps at which it fell.
 */
export function longerAttack(threat: ThreatModel, steps: number): Attack {
  return {
    name: `pgd-${2 * steps}`,
    threat,
    settings: { steps },
    run: (classifier, batch, { examples }, { signal, judge } = {}) =>
      walkFarther(classifier, batch, { threat, steps, streams: examples, signal, judge }),
  };
}

type Walk = {
  readonly threat: ThreatModel;
  readonly steps: number;
  /** One stream an example, for the random start. */
  readonly streams: readonly Rng[];
  readonly signal: AbortSignal | undefined;
  readonly judge: Judge | undefined;
};

async function walkFarther(classifier: Classifier, batch: Batch, walkOptions: Walk): Promise<AttackResult> {
  const { threat, steps, streams, signal, judge } = walkOptions;
  const labels = await batch.labels.data<'int32'>();
  const found = new Uint8Array(labels.length);
  const fellAt = new Int32Array(labels.length).fill(2 * steps);
  let adversarial = tf.clone(batch.images);
  let points = startPerExample('uniform', threat, batch.images, streams);
  let done = 0;
  try {
    for (const end of stepsLookedAt(steps)) {
      while (done < end) {
        signal?.throwIfAborted();
        const few = Math.min(STEPS_A_TURN, end - done);
        const next = walk(classifier, batch, points, { threat, steps: few });
        points.dispose();
        points = next;
        done += few;
        await nextTurn();
      }
      const shares = await (judge?.(points, batch.labels) ?? wrongShares(classifier, points, batch.labels, 1));
      const falls = Array.from(shares, (share, i) => found[i] === 0 && share >= 1 / 2);
      for (const [i, fell] of falls.entries()) if (fell) [found[i], fellAt[i]] = [1, end];
      const kept = keepRows(falls, points, adversarial);
      adversarial.dispose();
      adversarial = kept;
    }
  } catch (error) {
    adversarial.dispose();
    throw error;
  } finally {
    points.dispose();
  }
  return { adversarial, found, queries: fellAt.slice(), gradientCalls: fellAt };
}

/** The rows of `points` where `falls`, else those of `others`. */
function keepRows(falls: readonly boolean[], points: tf.Tensor4D, others: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const rows = tf.tensor4d(falls.map(Number), [falls.length, 1, 1, 1], 'bool');
    return tf.where(rows, points, others);
  });
}

function walk(
  classifier: Classifier,
  batch: Batch,
  points: tf.Tensor4D,
  { threat, steps }: Pick<Walk, 'threat' | 'steps'>,
): tf.Tensor4D {
  return tf.tidy(() => {
    const start = tf.sub<tf.Tensor4D>(points, batch.images);
    const search = pgdSearch({ threat, steps, stepSize: threat.epsilon * STEP_SHARE, start });
    return search(classifier, batch, createRng(0)).adversarial; // draws nothing: the start is given
  });
}

/** The flag that the walk calls for. @param outcomes - Of every example that it was tried on. */
export function longerAttackFlags(outcomes: readonly AttackOnExample[], steps: number): Flag[] {
  const probed = outcomes.length;
  const looked = stepsLookedAt(steps);
  const standing = looked.map(
    (end) => outcomes.filter(({ outcome, gradientCalls }) => outcome !== 'broken' || gradientCalls > end).length,
  );
  const broken = probed - (standing.at(-1) ?? probed);
  if (broken < Math.max(1, CHANCE * probed)) return [];
  const seen = `Of ${probed} examples that stood, a PGD of ${looked.join(', ')} steps leaves ${standing.join(', ')} standing.`;
  return [flag('accuracy-still-falling', seen, { probed, steps: [...looked], standing })];
}
