import { type BatchNormMode, type Classifier, createRng } from '@st/core';
import { klDivergencePerExample } from '@st/losses';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { l1, l2, linf } from '../ball/threat.ts';
import { convolutionalModel } from '../fixtures/convolutional-model.fixture.ts';
import { tradesSearch } from './trades-search.ts';

const model = convolutionalModel();
const { classifier, images, labels } = model;
const base = { threat: linf(8 / 255), steps: 3, stepSize: 2 / 255 };
afterAll(model.dispose);

describe('tradesSearch', () => {
  it('moves the prediction away from the natural one with 1 + steps forward passes, and leaks no tensor besides its result', () => {
    const modes: BatchNormMode[] = [];
    const counting: Classifier = {
      ...classifier,
      logits: (z, used) => {
        modes.push(used);
        return classifier.logits(z, used);
      },
    };
    tf.tidy(() => {
      const { adversarial } = tradesSearch(base)(counting, { images, labels }, createRng(1));
      expect(modes).toEqual(['inference', 'inference', 'inference', 'inference']);
      const shift = (points: tf.Tensor4D): number => {
        const [p, q] = [images, points].map((z) => tf.softmax(classifier.logits(z, 'inference')));
        return tf.sum(tf.abs(tf.sub(p ?? 0, q ?? 0))).dataSync()[0] ?? Number.NaN;
      };
      expect(shift(adversarial)).toBeGreaterThan(0.01);
    });
    expect(countTensors(() => tf.dispose(tradesSearch(base)(classifier, { images, labels }, createRng(1))))).toBe(0);
  });

  it('in l2 steps along the unit gradient, clips to [0, 1], then shrinks into the ball', () => {
    tf.tidy(() => {
      const [threat, stepSize] = [l2(0.5), 1];
      const start = createRng(4).normal<tf.Rank.R4>([5, 6, 6, 2], 0, 0.1);
      const search = tradesSearch({ threat, steps: 1, stepSize, start });
      const natural = classifier.logits(images, 'inference');
      const from = tf.add<tf.Tensor4D>(images, start);
      const gradient = tf.grad((z) =>
        tf.sum(klDivergencePerExample(natural, classifier.logits(z as tf.Tensor4D, 'inference'))),
      )(from);
      const rows = (z: tf.Tensor): tf.Tensor2D => tf.reshape(z, [5, -1]);
      const length = (z: tf.Tensor): tf.Tensor => tf.norm(rows(z), 2, 1, true);
      const moved = tf.add(rows(from), tf.mul(stepSize, tf.div(rows(gradient), length(gradient))));
      const delta = tf.sub(tf.clipByValue(moved, 0, 1), rows(images));
      const wanted = tf.add(rows(images), tf.mul(delta, tf.div(0.5, tf.maximum(length(delta), 0.5))));
      expectClose(rows(search(classifier, { images, labels }, createRng(1)).adversarial), wanted, 1e-4);
    });
  });

  it('rejects an l1 ball', () => {
    expect(() => tradesSearch({ threat: l1(12), steps: 3, stepSize: 1 })).toThrow(
      '[@st/attacks] tradesSearch: threat must be an l-infinity or l2 ball, got l1: TRADES has no published search there.',
    );
  });

  it('rejects a start at the natural images, where its gradient is zero', () => {
    expect(() => tradesSearch({ ...base, start: 'natural' as 'uniform' })).toThrow(
      "[@st/attacks] tradesSearch: start must be one of 'uniform', 'gaussian', 'radial', got 'natural'.",
    );
  });
});
