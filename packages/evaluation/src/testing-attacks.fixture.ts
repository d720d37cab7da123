import { type Attack, type AttackResult, linf, pgdSearch, randomStart } from '@st/attacks';
import type { Batch, Classifier, ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';

type PgdSettings = { readonly name?: string; readonly threat?: ThreatModel; readonly steps?: number };

/** PGD as an attack, with a random start per example. */
export function pgdAttack({ name = 'pgd', threat = linf(0.03), steps = 10 }: PgdSettings = {}): Attack {
  return {
    name,
    threat,
    settings: { steps },
    run: async (classifier, batch, randomness) => {
      const [, height, width, channels] = batch.images.shape;
      const adversarial = tf.tidy(() => {
        const starts = randomness.examples.map((rng) =>
          randomStart('uniform', threat, [1, height, width, channels], rng),
        );
        const search = pgdSearch({ threat, steps, stepSize: threat.epsilon / 4, start: tf.concat(starts) });
        return search(classifier, batch, randomness.shared).adversarial;
      });
      return claim(classifier, batch, adversarial, { queries: steps + 1, gradientCalls: steps });
    },
  };
}

/** A gradient-free attack that tries two corners of the ball: all pixels darker, all pixels brighter. */
export function cornerAttack({ name = 'corners', threat = linf(0.03) }: PgdSettings = {}): Attack {
  return {
    name,
    threat,
    settings: {},
    run: async (classifier, batch) => {
      let best = tf.clone(batch.images);
      for (const sign of [-1, 1]) {
        const next = tf.tidy(() => {
          const corner = tf.clipByValue(tf.add<tf.Tensor4D>(batch.images, sign * threat.epsilon), 0, 1);
          const wrong = tf.notEqual(tf.argMax(classifier.logits(corner, 'inference'), 1), batch.labels);
          return tf.where(tf.reshape(wrong, [-1, 1, 1, 1]), corner, best);
        });
        best.dispose();
        best = next;
      }
      return claim(classifier, batch, best, { queries: 3, gradientCalls: 0 });
    },
  };
}

/** Claims every point that `move` returns, without checking it. */
export function lyingAttack(name: string, move: (images: tf.Tensor4D) => tf.Tensor4D): Attack {
  return {
    name,
    threat: linf(0.03),
    settings: {},
    run: async (_classifier, { images }) => {
      const rows = images.shape[0];
      const ones = new Int32Array(rows).fill(1);
      const adversarial = tf.tidy(() => move(images));
      return { adversarial, found: new Uint8Array(rows).fill(1), queries: ones, gradientCalls: ones };
    },
  };
}

/** The result of an honest attack: the misclassified points, and the unchanged image for the other examples. */
async function claim(
  classifier: Classifier,
  { images, labels }: Batch,
  points: tf.Tensor4D,
  { queries, gradientCalls }: { readonly queries: number; readonly gradientCalls: number },
): Promise<AttackResult> {
  const { adversarial, wrong } = tf.tidy(() => {
    const broken = tf.notEqual(tf.argMax(classifier.logits(points, 'inference'), 1), labels);
    return { adversarial: tf.where(tf.reshape(broken, [-1, 1, 1, 1]), points, images), wrong: broken };
  });
  points.dispose();
  const found = Uint8Array.from(await wrong.data());
  wrong.dispose();
  return {
    adversarial,
    found,
    queries: new Int32Array(found.length).fill(queries),
    gradientCalls: new Int32Array(found.length).fill(gradientCalls),
  };
}
