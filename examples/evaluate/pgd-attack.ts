import { type Attack, type AttackResult, pgd, randomStart } from '@st/attacks';
import { type Batch, type Classifier, createRng, nextTurn, type ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

export type PgdAttackOptions = {
  readonly name: string;
  readonly threat: ThreatModel;
  readonly steps: number;
  readonly ascend: 'cross-entropy' | 'margin';
};

/** Steps between two looks at the signal. */
const STEPS_A_TURN = 10;

/** Step size as a share of epsilon: the 2/255 of 8/255 that papers use. */
const STEP_SHARE = 1 / 4;

/** The `pgd` search of training as an attack of evaluations: from a random start of each example's own, its last point judged. */
export function pgdAttack({ name, threat, steps, ascend }: PgdAttackOptions): Attack {
  const stepSize = threat.epsilon * STEP_SHARE;
  return {
    name,
    threat,
    settings: { steps, stepSize, ascend, start: 'uniform', restarts: 1 },
    run: async (classifier, batch, { examples }, { signal } = {}) => {
      const [, height, width, channels] = batch.images.shape;
      let points = tf.tidy(() => {
        const starts = examples.map((rng) => randomStart('uniform', threat, [1, height, width, channels], rng));
        return tf.add<tf.Tensor4D>(batch.images, tf.concat(starts));
      });
      try {
        for (let done = 0; done < steps; done += STEPS_A_TURN) {
          signal?.throwIfAborted();
          const few = Math.min(STEPS_A_TURN, steps - done);
          const next = tf.tidy(() => {
            const start = tf.sub<tf.Tensor4D>(points, batch.images);
            const search = pgd({ threat, steps: few, stepSize, ascend, start });
            return search(classifier, batch, createRng(0)).adversarial; // draws nothing: the start is given
          });
          points.dispose();
          points = next;
          await nextTurn();
        }
        return await judge(classifier, batch, points, steps);
      } finally {
        points.dispose();
      }
    },
  };
}

async function judge(
  classifier: Classifier,
  { images, labels }: Batch,
  points: tf.Tensor4D,
  steps: number,
): Promise<AttackResult> {
  const { adversarial, wrong } = tf.tidy(() => {
    const broken = tf.notEqual(tf.argMax(classifier.logits(points, 'inference'), 1), labels);
    return { adversarial: tf.where(tf.reshape(broken, [-1, 1, 1, 1]), points, images), wrong: broken };
  });
  const found = Uint8Array.from(await wrong.data());
  wrong.dispose();
  return {
    adversarial,
    found,
    queries: new Int32Array(found.length).fill(steps + 1),
    gradientCalls: new Int32Array(found.length).fill(steps),
  };
}
