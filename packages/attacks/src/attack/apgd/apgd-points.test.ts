import { asClassifier, type Classifier } from '@st/core';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { linf } from '../../ball/threat.ts';
import { apgdMove } from './apgd-move.ts';
import { type ApgdExamples, advancePoints, beginPoints, readApgdReport } from './apgd-points.ts';

/** Three passes, each with other weights: z = [0, w . (x - c)]. In the second pixel the gradient of the last pass has the opposite sign of the mean. */
const PASSES = [
  [1, -3],
  [1, 1],
  [-4, 1],
] as const;
const CENTERS = [
  [0.5, 0.5],
  [0.3, 0.6],
] as const;

/** Uses the passes in turn. */
function cyclingModel(): Classifier {
  let pass = 0;
  return asClassifier(
    (images) =>
      tf.tidy(() => {
        const weights = tf.tensor2d([...(PASSES[pass++ % PASSES.length] ?? [])], [2, 1]);
        const z = tf.matMul(tf.reshape(tf.sub(images, 0.5), [-1, 2]) as tf.Tensor2D, weights);
        return tf.concat([tf.zerosLike(z), z], 1) as tf.Tensor2D;
      }),
    { classes: 2 },
  );
}

const images = (): ApgdExamples => ({
  images: tf.tensor4d(CENTERS.flat(), [2, 1, 2, 1]),
  labels: tf.tensor1d([0, 1], 'int32'),
});

/** By hand: the cross-entropy at label y of [0, z] is log(1 + exp(z)) - y z, and its gradient (sigmoid(z) - y) w. */
function byHand(weights: readonly number[], image: readonly number[], label: number) {
  const z = weights.reduce((sum, weight, i) => sum + weight * ((image[i] ?? 0) - 0.5), 0);
  const slope = 1 / (1 + Math.exp(-z)) - label;
  return {
    loss: Math.log1p(Math.exp(z)) - label * z,
    isWrong: z > 0 !== (label === 1),
    gradient: weights.map((w) => slope * w),
  };
}

describe('the points of APGD with several passes (EoT)', () => {
  it('average the gradients, and take loss and class from the last pass', async () => {
    const examples = images();
    const question = { classifier: cyclingModel(), loss: 'ce', passes: 3 } as const;
    const { points, report } = beginPoints(question, examples, examples.images);
    const passes = CENTERS.map((image, label) => PASSES.map((weights) => byHand(weights, image, label)));
    expectClose(
      points.gradient,
      passes.flatMap((of) => [0, 1].map((i) => of.reduce((sum, { gradient }) => sum + (gradient[i] ?? 0) / 3, 0))),
    );
    const { losses, isWrong } = await readApgdReport(report);
    expectClose(
      losses,
      passes.map((of) => of[2]?.loss ?? Number.NaN),
    );
    expect(isWrong).toEqual(passes.map((of) => of[2]?.isWrong));
    tf.dispose([points, examples]);
  });

  it('step along the mean gradient, not that of one pass', () => {
    tf.tidy(() => {
      const examples = images();
      const one = { ...cyclingModel() };
      for (let skipped = 0; skipped < 2; skipped++) one.logits(examples.images, 'inference').dispose();
      const step = (classifier: Classifier, passes: number): number[] => {
        const { points } = beginPoints({ classifier, loss: 'ce', passes }, examples, examples.images);
        const at = { ...points, images: examples.images, stepSizes: [0.1, 0.1], leftOut: [0, 0], isFirst: true };
        return [...apgdMove(linf(0.1), at).dataSync()].slice(0, 2); // the first image
      };
      expectClose(step(cyclingModel(), 3), [0.4, 0.4]);
      expectClose(step(one, 1), [0.4, 0.6]);
    });
  });

  it('take one forward pass without a gradient if no step follows', async () => {
    const examples = images();
    const classifier = cyclingModel();
    const question = { classifier, loss: 'ce', passes: 3 } as const;
    const begun = beginPoints(question, examples, examples.images);
    const ended = advancePoints({ ...question, passes: 0 }, { ...examples, ...begun.points }, examples.images);
    expectClose(ended.points.gradient, [0, 0, 0, 0]);
    const { losses } = await readApgdReport(ended.report);
    expectClose(
      losses,
      CENTERS.map((image, label) => byHand(PASSES[0], image, label).loss),
    );
    tf.dispose([begun.points, begun.report, ended.points, examples]);
  });

  it('leak no tensor for any number of passes', () => {
    const examples = images();
    for (const passes of [0, 1, 5]) {
      const made = countTensors(() => {
        const question = { classifier: cyclingModel(), loss: 'ce', passes } as const;
        const { points, report } = beginPoints(question, examples, examples.images);
        tf.dispose([points, report]);
      });
      expect(made).toBe(0);
    }
    tf.dispose(examples);
  });
});
