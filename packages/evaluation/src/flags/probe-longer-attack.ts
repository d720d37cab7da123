import { type Attack, type AttackResult, type Judge, pgdSearch } from '@st/attacks';
import { startPerExample } from '@st/attacks/parts';
import { type Batch, type Classifier, createRng, type Rng, type ThreatModel } from '@st/core';
import { nextTurn } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { wrongShares } from '../predict.ts';
import type { AttackOnExample } from '../report/robustness-report.ts';
import { type Flag, flag } from './flag.ts';

/** Steps between two checks of the signal and two turns of the event loop. */
const STEPS_PER_TURN = 5;

/** Step size as a share of epsilon: 2/255 of 8/255. */
const STEP_SHARE = 1 / 4;

/** Share of examples that another random start alone may break. */
const CHANCE = 0.02;

/** The steps at which the points are classified: half, one and two times the steps of the evaluation's longest attack. */
function checkedSteps(steps: number): readonly number[] {
  return [Math.ceil(steps / 2), steps, 2 * steps];
}

/**
 * PGD on cross-entropy against the examples that still stand. One trajectory is classified at half, one and two times the steps of the
 * evaluation's longest attack. The gradient calls of an example are the checked step at which it was broken.
 */
export function longerAttack(threat: ThreatModel, steps: number): Attack {
  return {
    name: `pgd-${2 * steps}`,
    threat,
    settings: { steps },
    run: (classifier, batch, { examples }, { signal, judge } = {}) =>
      runCheckedSteps(classifier, batch, { threat, steps, streams: examples, signal, judge }),
  };
}

type LongerRun = {
  readonly threat: ThreatModel;
  readonly steps: number;
  /** One random stream per example, for the start. */
  readonly streams: readonly Rng[];
  readonly signal: AbortSignal | undefined;
  readonly judge: Judge | undefined;
};

async function runCheckedSteps(classifier: Classifier, batch: Batch, longerRun: LongerRun): Promise<AttackResult> {
  const { threat, steps, streams, signal, judge } = longerRun;
  const labels = await batch.labels.data<'int32'>();
  const found = new Uint8Array(labels.length);
  const brokenAt = new Int32Array(labels.length).fill(2 * steps);
  let adversarial = tf.clone(batch.images);
  let points = startPerExample('uniform', threat, batch.images, streams);
  let done = 0;
  try {
    for (const end of checkedSteps(steps)) {
      while (done < end) {
        signal?.throwIfAborted();
        const stepsNow = Math.min(STEPS_PER_TURN, end - done);
        const next = climb(classifier, batch, points, { threat, steps: stepsNow });
        points.dispose();
        points = next;
        done += stepsNow;
        await nextTurn();
      }
      const shares = await (judge?.(points, batch.labels) ?? wrongShares(classifier, points, batch.labels, 1));
      const newlyBroken = Array.from(shares, (share, i) => found[i] === 0 && share >= 1 / 2);
      for (const [i, isBroken] of newlyBroken.entries()) if (isBroken) [found[i], brokenAt[i]] = [1, end];
      const kept = selectRows(newlyBroken, points, adversarial);
      adversarial.dispose();
      adversarial = kept;
    }
  } catch (error) {
    adversarial.dispose();
    throw error;
  } finally {
    points.dispose();
  }
  return { adversarial, found, queries: brokenAt.slice(), gradientCalls: brokenAt };
}

/** The rows of `points` where `mask` is true, else those of `others`. */
function selectRows(mask: readonly boolean[], points: tf.Tensor4D, others: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => {
    const rows = tf.tensor4d(mask.map(Number), [mask.length, 1, 1, 1], 'bool');
    return tf.where(rows, points, others);
  });
}

function climb(
  classifier: Classifier,
  batch: Batch,
  points: tf.Tensor4D,
  { threat, steps }: Pick<LongerRun, 'threat' | 'steps'>,
): tf.Tensor4D {
  return tf.tidy(() => {
    const start = tf.sub<tf.Tensor4D>(points, batch.images);
    const search = pgdSearch({ threat, steps, stepSize: threat.epsilon * STEP_SHARE, start });
    return search(classifier, batch, createRng(0)).adversarial; // no random number is drawn: the start is given
  });
}

/** The flag of the longer attack. @param outcomes - One per example that it ran on. */
export function longerAttackFlags(outcomes: readonly AttackOnExample[], steps: number): Flag[] {
  const probed = outcomes.length;
  const checked = checkedSteps(steps);
  const standing = checked.map(
    (end) => outcomes.filter(({ outcome, gradientCalls }) => outcome !== 'broken' || gradientCalls > end).length,
  );
  const broken = probed - (standing.at(-1) ?? probed);
  if (broken < Math.max(1, CHANCE * probed)) return [];
  const seen = `Of ${probed} standing examples, ${standing.join(', ')} still stand after ${checked.join(', ')} PGD steps.`;
  return [flag('accuracy-still-falling', seen, { probed, steps: [...checked], standing })];
}
