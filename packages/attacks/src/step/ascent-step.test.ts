import { asClassifier, type BatchNormMode, createRng } from '@st/core';
import { klDivergencePerExample } from '@st/losses';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { Projection } from '../ball/projection.ts';
import { l2, linf } from '../ball/threat.ts';
import type { AscentLoss } from './ascent-loss.ts';
import { type AscentStepOptions, ascentStep } from './ascent-step.ts';

/** Two pixels, two classes: the pixels are the logits. */
const pixels = asClassifier((images: tf.Tensor4D) => tf.reshape(images, [images.shape[0], 2]), { classes: 2 });
const options: AscentStepOptions = {
  threat: linf(0.25),
  stepSize: 0.125,
  mode: 'inference',
  ascend: 'cross-entropy',
  direction: 'up',
};
const at = () => ({
  images: tf.tensor4d([0.5, 0.5, 0.875, 0.5], [2, 1, 2, 1]),
  labels: tf.tensor1d([0, 1], 'int32'),
  points: tf.tensor4d([0.375, 0.5, 1, 0.5], [2, 1, 2, 1]),
});

describe('ascentStep', () => {
  it('moves each pixel by the step along the sign of its gradient, then into the ball and [0, 1]', () => {
    tf.tidy(() => {
      const { points, gradient, losses, logits } = ascentStep(pixels, at(), options);
      expectClose(points, [0.25, 0.625, 1, 0.375]);
      expectClose(logits, [0.375, 0.5, 1, 0.5]);
      const wrong = [1 / (1 + Math.exp(-0.125)), 1 / (1 + Math.exp(-0.5))]; // softmax of the wrong class
      expectClose(
        losses,
        wrong.map((p) => -Math.log(1 - p)),
      );
      expectClose(
        gradient,
        wrong.flatMap((p, i) => (i === 0 ? [-p, p] : [p, -p])),
      );
    });
  });

  it('projects as asked: into the threat model, to [0, 1] before the ball, or to [0, 1] alone', () => {
    // weights 0 and 1: the gradient leads along +x of the second pixel; from (1, 0.5) the step ends at (1, 1.5)
    const second = asClassifier(
      (z: tf.Tensor4D) => {
        const rows: tf.Tensor2D = tf.reshape(z, [z.shape[0], 2]);
        return tf.concat2d([tf.zeros([z.shape[0], 1]), tf.slice2d(rows, [0, 1], [-1, 1])], 1);
      },
      { classes: 2 },
    );
    tf.tidy(() => {
      const points = tf.tensor4d([1, 0.5], [1, 1, 2, 1]);
      const here = { images: tf.tensor4d([0.2, 0.5], [1, 1, 2, 1]), labels: tf.tensor1d([0], 'int32'), points };
      const step = (projection: Projection, threat = l2(0.5)) =>
        ascentStep(second, here, { ...options, threat, stepSize: 1, projection }).points;
      const [dx, dy] = [0.8, 1];
      const shrink = 0.5 / Math.hypot(dx, dy);
      expectClose(step('threat'), [0.2 + dx * shrink, 0.5 + dy * shrink]);
      const later = 0.5 / Math.hypot(dx, 0.5);
      expectClose(step('box-first'), [0.2 + dx * later, 0.5 + 0.5 * later]);
      expectClose(step('box'), [1, 1]);
      expect([...step('box-first', linf(0.3)).dataSync()]).toEqual([...step('threat', linf(0.3)).dataSync()]);
      expect(() => step('ball' as Projection)).toThrow(
        "[@st/attacks] ascentStep: projection must be one of 'threat', 'box-first', 'box', got 'ball'.",
      );
    });
  });

  it("moves in the opposite direction with direction 'down'", () => {
    tf.tidy(() =>
      expectClose(ascentStep(pixels, at(), { ...options, direction: 'down' }).points, [0.5, 0.375, 0.875, 0.625]),
    );
  });

  it('raises the margin, and a loss of the user', () => {
    tf.tidy(() => {
      expectClose(ascentStep(pixels, at(), { ...options, ascend: 'margin' }).gradient, [-1, 1, 1, -1]);
      const natural = tf.tensor2d([
        [0, 0],
        [0, 0],
      ]);
      const { losses } = ascentStep(pixels, at(), { ...options, ascend: (z) => klDivergencePerExample(natural, z) });
      expectClose(
        losses,
        klDivergencePerExample(
          natural,
          tf.tensor2d([
            [0.375, 0.5],
            [1, 0.5],
          ]),
        ),
      );
    });
  });

  it('leaks no tensor besides its four results', () => {
    const given = at();
    expect(countTensors(() => tf.dispose(ascentStep(pixels, given, options)))).toBe(0);
    tf.dispose(given);
  });

  it('takes one forward pass in the mode given, and disposes everything if it throws', () => {
    const given = at();
    const modes: BatchNormMode[] = [];
    const failing = asClassifier(
      (images, mode) => {
        modes.push(mode);
        tf.zeros(images.shape);
        throw new Error('out of memory');
      },
      { classes: 2 },
    );
    expect(
      countTensors(() => {
        expect(() => ascentStep(failing, given, { ...options, mode: 'batch-frozen' })).toThrow('out of memory');
      }),
    ).toBe(0);
    expect(modes).toEqual(['batch-frozen']);
    tf.dispose(given);
  });

  it('does not move on a classifier that ignores its input', () => {
    const constant = asClassifier((images) => tf.tile(tf.tensor2d([[2, 1]]), [images.shape[0], 1]), { classes: 2 });
    for (const ascend of ['cross-entropy', 'margin'] as const) {
      tf.tidy(() => {
        const given = at();
        const { points, gradient, losses } = ascentStep(constant, given, { ...options, ascend });
        expectClose(points, given.points);
        expectClose(gradient, tf.zerosLike(given.points));
        expect(losses.shape).toEqual([2]);
      });
    }
  });

  it('rejects points of another shape, unknown words, and losses of another shape or without a gradient', () => {
    tf.tidy(() => {
      const step = (changes: Partial<AscentStepOptions>) => () => ascentStep(pixels, at(), { ...options, ...changes });
      expect(() => ascentStep(pixels, { ...at(), points: tf.zeros([1, 1, 2, 1]) }, options)).toThrow(
        '[@st/attacks] ascentStep: points must be float32 [2, 1, 2, 1], got Tensor float32 [1,1,2,1].',
      );
      expect(step({ stepSize: Number.NaN })).toThrow('stepSize must be a finite number > 0, got NaN.');
      expect(step({ mode: 'train' as BatchNormMode })).toThrow("mode must be one of 'inference', 'batch-frozen'");
      expect(step({ direction: 'sideways' as 'up' })).toThrow("direction must be one of 'up', 'down', got 'sideways'.");
      expect(step({ ascend: 'kl' as AscentLoss })).toThrow(
        "ascend must be one of 'cross-entropy', 'margin', got 'kl'.",
      );
      expect(step({ ascend: (z) => tf.mean(z) as unknown as tf.Tensor1D })).toThrow(
        'ascend must return one loss an example, float32 [2], got Tensor float32 []. Use crossEntropyPerExample rather than its mean.',
      );
      expect(step({ ascend: () => createRng(1).normal<tf.Rank.R1>([2]) })).toThrow(
        'ascend must return losses that depend on the logits, got a constant. Compute them with tf ops from the logits given.',
      );
    });
  });
});
