import { countTensors } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { MissingGradientError, StError } from '../errors/errors.ts';
import './index.ts';

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

const thresholded = (x: tf.Tensor): tf.Scalar => tf.sum(tf.cast(tf.greater(tf.exp(x), 1), 'float32'));

describe('a gradient that is missing', () => {
  it('is a typed error that names the operation and the ways out', () => {
    const error = errorOf(() => tf.grad(thresholded)(tf.tensor1d([0.5, -1])));
    expect(error).toBeInstanceOf(MissingGradientError);
    expect(error).toBeInstanceOf(StError);
    expect(error).toMatchObject({ code: 'ST_MISSING_GRADIENT', kernelName: 'Greater', name: 'MissingGradientError' });
    expect(String(error)).toMatch(
      /the operation Greater is not differentiable.*square, transferAttack.*tf\.customGrad/,
    );
  });

  it('is one also for the engine, for variables, and inside another differentiation', () => {
    const [x, v] = [tf.tensor1d([0.5]), tf.variable(tf.tensor1d([0.5]))];
    for (const work of [
      () => tf.engine().gradients(() => thresholded(x), [x], undefined, true),
      () => tf.variableGrads(() => thresholded(v), [v]),
      () => tf.valueAndGrads((a, b) => tf.add(thresholded(a), tf.sum(b)))([x, x]),
      () => tf.grad((at) => tf.sum(tf.grad(thresholded)(at)))(x),
    ]) {
      expect(errorOf(work)).toMatchObject({ code: 'ST_MISSING_GRADIENT', kernelName: 'Greater' });
    }
    tf.dispose([x, v]);
  });

  it('names no operation where none leads from the result to the input', () => {
    const x = tf.tensor1d([0.5]);
    const error = errorOf(() => tf.grad((at) => tf.tensor1d(at.dataSync()))(x));
    expect(error).toMatchObject({ code: 'ST_MISSING_GRADIENT', kernelName: undefined });
    expect(String(error)).toContain('dataSync()');
  });

  it('leaves no tensor behind, and the next gradient is right', () => {
    const x = tf.tensor1d([0.5, -1]);
    expect(countTensors(() => errorOf(() => tf.grad(thresholded)(x)))).toBe(0);
    const forward = (at: tf.Tensor): tf.Tensor => {
      tf.square(at);
      throw new TypeError('of the caller');
    };
    expect(countTensors(() => expect(() => tf.grad(forward)(x)).toThrow(TypeError))).toBe(0);
    expect([
      ...tf
        .grad((at) => tf.sum(tf.square(at)))(x)
        .dataSync(),
    ]).toEqual([1, -2]);
  });
});
