import { countTensors, miniatureModel } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { MissingGradientError } from '../errors/errors.ts';
import { asClassifier } from './as-classifier.ts';
import { checkTrainable } from './check-trainable.ts';

describe('checkTrainable', () => {
  it('accepts a trainable model, changes neither weights nor statistics, and leaks nothing', () => {
    const model = miniatureModel();
    const values = () => model.getWeights().map((weight) => Array.from(weight.dataSync()));
    const before = values();
    const images = tf.ones<tf.Rank.R4>([2, 4, 4, 1]);
    expect(countTensors(() => checkTrainable('[@st/x] y', asClassifier(model), images))).toBe(0);
    expect(values()).toEqual(before);
    images.dispose();
    model.dispose();
  });

  it('names the op that has no gradient', () => {
    const scale = tf.tidy(() => tf.variable(tf.scalar(1)));
    const rounding = asClassifier(
      (images) => {
        const brightness = tf.mul(tf.reshape(tf.slice(images, 0, [-1, 1, 1, 1]), [images.shape[0], 1]), scale);
        return tf.cast(tf.greater(tf.concat([brightness, brightness], 1), 0.5), 'float32') as tf.Tensor2D;
      },
      { classes: 2, parameters: [{ name: 'scale', variable: scale }] },
    );
    const images = tf.ones<tf.Rank.R4>([2, 1, 1, 1]);
    const check = () => checkTrainable('[@st/x] y', rounding, images);
    expect(check).toThrow(MissingGradientError);
    expect(check).toThrow('[@st/x] y: this model cannot be trained: its operation Greater is not differentiable.');
    tf.dispose([scale, images]);
  });

  it('rethrows an error unrelated to the back end', () => {
    const failing = asClassifier(
      () => {
        throw new RangeError('of its own');
      },
      { classes: 2 },
    );
    const images = tf.ones<tf.Rank.R4>([2, 1, 1, 1]);
    expect(() => checkTrainable('[@st/x] y', failing, images)).toThrow(RangeError);
    images.dispose();
  });
});
