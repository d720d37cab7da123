import { keep } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { StError } from '../errors/errors.ts';
import { asClassifier } from './as-classifier.ts';
import type { GraphModel } from './kind-of-model.ts';

type Parts = { input?: unknown; outputs?: unknown; predict?: (x: tf.Tensor) => unknown; inputs?: unknown };

/** The members of a `tf.GraphModel` that a classifier uses. */
function graphOf({ input = [-1, 2, 2, 1], inputs, outputs = [[-1, 3]], predict }: Parts = {}): GraphModel {
  const info = (shape: unknown, name: string): unknown => ({ name, shape, dtype: 'float32' });
  return {
    inputs: inputs ?? [info(input, 'x')],
    outputs: (outputs as unknown[]).map((shape, i) => info(shape, `y${i}`)),
    predict: predict ?? ((x: tf.Tensor) => tf.tidy(() => tf.neg(tf.slice(tf.reshape(x, [-1, 4]), [0, 0], [-1, 3])))),
    weights: {},
    dispose() {},
  } as unknown as GraphModel;
}

const images = (): tf.Tensor4D => {
  const tensor = tf.tensor4d([0.1, 0.2, 0.3, 0.4], [1, 2, 2, 1]);
  keep(tensor);
  return tensor;
};

describe('a tf.GraphModel', () => {
  it('becomes a differentiable function of its images, with its own shapes', () => {
    const classifier = asClassifier(graphOf());
    expect([classifier.classes, classifier.imageShape, classifier.parameters]).toEqual([3, [2, 2, 1], []]);
    const x = images();
    const logits = classifier.logits(x, 'batch-frozen');
    expect(Array.from(logits.dataSync(), (z) => Math.fround(z))).toEqual([-0.1, -0.2, -0.3].map(Math.fround));
    const slope = tf.tidy(() => tf.grad((at) => tf.sum(classifier.logits(at as tf.Tensor4D, 'inference')))(x));
    expect(Array.from(slope.dataSync())).toEqual([-1, -1, -1, 0]);
    tf.dispose([logits, slope]);
  });

  it('takes class count and image size from the options if it does not state them', () => {
    const graph = graphOf({ input: undefined, outputs: [undefined] });
    expect(() => asClassifier(graph)).toThrow(
      "the graph does not state the number of classes (the shape of its output 'y0' does not contain it). Pass it: asClassifier(graph, { classes: 10 }).",
    );
    const classifier = asClassifier(graph, { classes: 3, imageShape: [2, 2, 1] });
    expect([classifier.classes, classifier.imageShape]).toEqual([3, [2, 2, 1]]);
    expect(() => asClassifier(graphOf(), { classes: 4 })).toThrow('classes must be what the graph returns, 3, got 4.');
  });

  it.each<[string, Parts, string]>([
    [
      'two heads',
      {
        outputs: [
          [-1, 3],
          [-1, 4],
        ],
      },
      "got 'y0', 'y1'. Choose one: asClassifier((images) => graph.execute(images, 'y0'), { classes: 10 }).",
    ],
    [
      'one output',
      { outputs: [[-1, 1]] },
      'asClassifier((images) => tf.pad(graph.predict(images), [[0, 0], [1, 0]]), { classes: 2 }).',
    ],
    [
      'channels first',
      { input: [-1, 3, 224, 224] },
      'graph.predict(tf.transpose(images, [0, 3, 1, 2])), { classes: 10, imageShape: [224, 224, 3] })',
    ],
    [
      'flat vectors',
      { input: [-1, 784] },
      'must take images [batch, height, width, channels], got an input of [any, 784]',
    ],
    [
      'whole numbers',
      { inputs: [{ name: 'x', shape: [-1, 2, 2, 1], dtype: 'int32' }] },
      'through which no gradient flows',
    ],
    ['two inputs', { inputs: [{ name: 'x' }, { name: 'noise' }] }, "got 'x', 'noise'. Fix the others"],
    ['a map of classes', { outputs: [[-1, 8, 8, 3]] }, 'the graph must return [batch, classes], got [any, 8, 8, 3]'],
  ])('with %s is refused, and the error says what to write', (_title, parts, message) => {
    expect(() => asClassifier(graphOf(parts))).toThrow(StError);
    expect(() => asClassifier(graphOf(parts))).toThrow(message);
  });

  it.each<[string, (x: tf.Tensor) => unknown, string]>([
    ['a list', (x) => [x, x], 'the graph must return one tensor of logits, got a list. Choose one'],
    ['named outputs', (x) => ({ probabilities: x }), 'got an object with keys {probabilities}. Choose one'],
    ['other shapes', () => tf.zeros([1, 7]), 'the model must return logits [1, 3], got Tensor float32 [1,7]'],
    [
      'probabilities',
      () => tf.softmax(tf.tensor2d([[1, 2, 3]])),
      "graph.execute(images, 'THE_NODE_BEFORE_SOFTMAX'), { classes: 3 })",
    ],
    [
      'an error of control flow',
      () => {
        throw new Error('Please use model.executeAsync() instead.');
      },
      'the graph must run synchronously',
    ],
  ])('that returns %s is refused at the first batch', (_title, predict, message) => {
    const classifier = asClassifier(graphOf({ predict }));
    tf.tidy(() => {
      for (let time = 0; time < 2; time++) {
        expect(() => classifier.logits(images(), 'batch-frozen')).toThrow(StError);
        expect(() => classifier.logits(images(), 'batch-frozen')).toThrow(message);
      }
    });
  });
});

describe('a function', () => {
  const x = () => images();
  it('that returns probabilities is refused at the first batch, unless the options state that they are logits', () => {
    const probabilities = (at: tf.Tensor4D): tf.Tensor2D =>
      tf.softmax(tf.slice(tf.reshape(at, [-1, 4]), [0, 0], [-1, 3]) as tf.Tensor2D);
    const classifier = asClassifier(probabilities, { classes: 3 });
    expect(() => classifier.logits(x(), 'batch-frozen')).toThrow('every row of this batch is >= 0 and sums to 1');
    expect(() => classifier.logits(x(), 'batch-frozen')).toThrow(
      "say so: asClassifier(f, { classes: 3, output: 'logits' }).",
    );
    const told = asClassifier(probabilities, { classes: 3, output: 'logits' });
    expect(() => told.logits(x(), 'batch-frozen').dispose()).not.toThrow();
  });

  it('that returns probabilities in inference, or constant rows, is not refused', () => {
    const probabilities = asClassifier(() => tf.tensor2d([[0.2, 0.5, 0.3]]), { classes: 3 });
    expect(() => probabilities.logits(x(), 'inference').dispose()).not.toThrow();
    for (const row of [
      [1, 0, 0],
      [1 / 3, 1 / 3, 1 / 3],
    ]) {
      const constant = asClassifier(() => tf.tensor2d([row]), { classes: 3 });
      expect(() => constant.logits(x(), 'batch-frozen').dispose()).not.toThrow();
    }
  });

  it.each<[string, () => unknown, string]>([
    ['nothing', () => undefined, 'got undefined. Return the logits from the function.'],
    ['a promise', async () => tf.zeros([1, 3]), 'got a promise. The function must be synchronous'],
    [
      'a list',
      () => [tf.zeros([1, 3])],
      'Choose one of its outputs: asClassifier((images) => f(images)[0], { classes }).',
    ],
    ['named outputs', () => ({ head: tf.zeros([1, 3]) }), "asClassifier((images) => f(images)['head'], { classes })."],
    ['whole numbers', () => tf.zeros([1, 3], 'int32'), 'got Tensor int32 [1,3]'],
  ])('that returns %s is refused', (_title, f, message) => {
    const classifier = asClassifier(f as never, { classes: 3 });
    tf.tidy(() => {
      expect(() => classifier.logits(x(), 'inference')).toThrow(StError);
      expect(() => classifier.logits(x(), 'inference')).toThrow(message);
    });
  });
});
