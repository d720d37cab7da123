import { apgdAttack, autoAttack, carliniWagnerAttack, fgsmAttack, l1, l2, linf, pgdAttack } from '@st/attacks';
import { asClassifier, type ThreatModel } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { evaluateRobustness } from './evaluate-robustness.ts';
import { quadrantImages } from './trained-network.fixture.ts';

const LOGITS = [[1, 4, 3, 2]];

/** Two constant models: the logits of one are not computed from the image, those of the other have weights of 0. */
const models = {
  'ignores its input': asClassifier((images) => tf.tile(tf.tensor2d(LOGITS), [images.shape[0], 1]), { classes: 4 }),
  'multiplies it by 0': asClassifier(
    (images) => tf.add(tf.mul(0, tf.mean(images, [1, 2])), tf.tensor2d(LOGITS)) as tf.Tensor2D,
    { classes: 4 },
  ),
};

const attacksIn = (threat: ThreatModel) => [
  ...autoAttack({ threat, classes: 4, iterations: 6, queries: 10 }).attacks,
  apgdAttack({ threat, loss: 'dlr', iterations: 6, eot: 2, restarts: 2 }),
  pgdAttack({ threat, steps: 4, stepSize: threat.epsilon / 4, restarts: 2 }),
  pgdAttack({ threat, steps: 4, stepSize: threat.epsilon / 4, ascend: 'margin' }),
  fgsmAttack({ threat }),
];

describe('evaluateRobustness of a constant model', () => {
  const cases = Object.entries(models).flatMap(([name, model]) =>
    [linf(0.05), l2(0.5), l1(3)].map((threat) => [name, threat.norm, threat, model] as const),
  );
  it.each(cases)(
    'that %s, in %s: counts the images of the predicted class and raises the flag one-class-predicted',
    async (_, norm, threat, classifier) => {
      const before = tf.memory().numTensors;
      const report = await evaluateRobustness({
        classifier,
        dataset: quadrantImages(12, 3),
        attacks: [
          ...attacksIn(threat),
          ...(norm === 'l2' ? [carliniWagnerAttack({ threat, steps: 5, constants: 2 })] : []),
        ],
        distances: { iterations: 4 },
        curve: {
          epsilons: [threat.epsilon / 2],
          attacksAt: (epsilon) => [fgsmAttack({ threat: { ...threat, epsilon } })],
        },
        seed: 1,
      });
      expect(report.natural).toMatchObject({ correct: 3, total: 12 });
      expect(report.robust.correct).toBe(3);
      expect(report.curve?.map(({ robust }) => robust.correct)).toEqual([3]);
      expect(report.smallestPerturbations).toBeNull();
      expect(report.flags.map(({ code, severity }) => [code, severity])).toEqual([
        ['gradients-zero', 'suspect'],
        ['one-class-predicted', 'invalid'],
      ]);
      expect(report.flags[1]?.seen).toBe('All 12 images, of 4 classes, are predicted as class 1.');
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
