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

describe('a missing gradient', () => {
  it('throws a typed error that names the operation and the remedies', () => {
    const error = errorOf(() => tf.grad(thresholded)(tf.tensor1d([0.5, -1])));
    expect(error).toBeInstanceOf(MissingGradientError);
    expect(error).toBeInstanceOf(StError);
    expect(error).toMatchObject({ code: 'ST_MISSING_GRADIENT', kernelName: 'Greater', name: 'MissingGradientError' });
    expect(String(error)).toMatch(
      /the operation Greater is not differentiable.*square and transferAttack.*tf\.customGrad/,
    );
  });

  it('throws it also from the engine, for variables, and inside another differentiation', () => {
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

  it('names no operation if none connects the input to the result', () => {
    const x = tf.tensor1d([0.5]);
    const error = errorOf(() => tf.grad((at) => tf.tensor1d(at.dataSync()))(x));
    expect(error).toMatchObject({ code: 'ST_MISSING_GRADIENT', kernelName: undefined });
    expect(String(error)).toContain('dataSync()');
  });

  it('leaks no tensor, and the next gradient is right', () => {
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

describe('an input that has no gradient', () => {
  it('is skipped: the other paths to the result are differentiated', () => {
    const x = tf.tensor1d([2, -3]);
    const dx = tf.grad((at) => tf.where(tf.greater(at, 0), tf.square(at), tf.mul(at, 5)))(x);
    expect([...dx.dataSync()]).toEqual([4, 5]);
  });

  it.each([
    ['OneHot', (x: tf.Tensor) => tf.cast(tf.oneHot(tf.argMax(x), 3), 'float32')],
    ['GatherV2', (x: tf.Tensor) => tf.gather(tf.tensor1d([2, 3, 5]), tf.cast(tf.round(x), 'int32'))],
    ['Select', (x: tf.Tensor) => tf.where(tf.greater(x, 0), 1, 0)],
  ])('is named if it is on every path: %s', (kernelName, f) => {
    const x = tf.tensor1d([0.2, 1.4, 0.6]);
    const wanted = { code: 'ST_MISSING_GRADIENT', kernelName };
    expect(errorOf(() => tf.grad((at) => tf.sum(f(at)))(x))).toMatchObject(wanted);
    expect(countTensors(() => errorOf(() => tf.engine().gradients(() => tf.sum(f(x)), [x], undefined, true)))).toBe(0);
    expect(errorOf(() => tf.engine().gradients(() => tf.sum(f(x)), [x], undefined, true))).toMatchObject(wanted);
  });

  it.each([
    ['TopK', (x: tf.Tensor) => tf.cast(tf.topk(x, 2).indices, 'float32')],
    ['GreaterEqual', (x: tf.Tensor) => tf.cast(tf.greaterEqual(x, 0.5), 'float32')],
    ['ArgMax', (x: tf.Tensor) => tf.cast(tf.argMax(x), 'float32')],
    ['LogicalNot', (x: tf.Tensor) => tf.cast(tf.logicalNot(tf.cast(x, 'bool')), 'float32')],
  ])('throws for an operation whose result is not continuous: %s', (kernelName, f) => {
    const x = tf.tensor1d([0.2, 1.4, 0.6]);
    expect(errorOf(() => tf.grad((at) => tf.sum(f(at)))(x))).toMatchObject({ code: 'ST_MISSING_GRADIENT', kernelName });
  });
});
