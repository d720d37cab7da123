import { NORMS } from '@st/core/kit';
import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { grayExamples, severalClasses } from '../../fixtures/several-classes.fixture.ts';
import { nearestBoundary } from './nearest-boundary.ts';

const CLASSES = 5;
const rivalsOf = (labels: tf.Tensor1D): tf.Tensor1D[] =>
  tf.tidy(() =>
    Array.from(
      { length: CLASSES - 1 },
      (_, i) => tf.cast(tf.mod(tf.add(labels, i + 1), CLASSES), 'int32') as tf.Tensor1D,
    ),
  );

describe('nearestBoundary', () => {
  it('gives the nearest of the boundaries to each class, each computed on its own', () => {
    for (const norm of NORMS) {
      tf.tidy(() => {
        const classifier = severalClasses(CLASSES, tf.tanh);
        const { images: points, labels } = grayExamples(classifier, 6);
        const question = { norm, classifier, points, labels };
        const rivals = rivalsOf(labels);
        const all = nearestBoundary({ ...question, rivals }).arraySync();
        const single = rivals.map((rival) => nearestBoundary({ ...question, rivals: [rival] }).arraySync());
        const distance = (line: readonly number[] | undefined): number => line?.at(-1) ?? Number.NaN;
        all.forEach((line, i) => {
          const lines = single.map((rows) => rows[i] ?? []);
          const nearest = lines.reduce((best, next) => (distance(next) < distance(best) ? next : best));
          expectClose(line, nearest);
        });
        expect(
          new Set(all.map((_, i) => single.findIndex((rows) => distance(rows[i]) === distance(all[i])))).size,
        ).toBeGreaterThan(1);
      });
    }
  });

  it('gives the difference of logits, its gradient, and their ratio in the dual norm', () => {
    tf.tidy(() => {
      const classifier = severalClasses(CLASSES, tf.tanh);
      const { images: points, labels } = grayExamples(classifier, 3);
      const [rival] = rivalsOf(labels) as [tf.Tensor1D];
      const mask = tf.sub(tf.oneHot(rival, CLASSES), tf.oneHot(labels, CLASSES));
      const difference = (x: tf.Tensor): tf.Tensor =>
        tf.sum(tf.mul(classifier.logits(x as tf.Tensor4D, 'inference'), mask), 1);
      const gradient = tf.reshape(tf.grad((x) => tf.sum(difference(x)))(points), [3, -1]);
      const line = nearestBoundary({ norm: 'linf', classifier, points, labels, rivals: [rival] });
      expectClose(tf.slice(line, [0, 0], [-1, 16]), gradient);
      expectClose(tf.slice(line, [0, 16], [-1, 1]), difference(points));
      expectClose(tf.slice(line, [0, 17], [-1, 1]), tf.div(tf.abs(difference(points)), tf.sum(tf.abs(gradient), 1)));
    });
  });

  it('runs one forward pass for any number of classes', () => {
    let passes = 0;
    const inner = severalClasses(CLASSES);
    const classifier: typeof inner = {
      ...inner,
      logits: (x, mode) => [inner.logits(x, mode), passes++][0] as tf.Tensor2D,
    };
    tf.tidy(() => {
      const { images: points, labels } = grayExamples(inner, 2);
      nearestBoundary({ norm: 'l2', classifier, points, labels, rivals: rivalsOf(labels) });
    });
    expect(passes).toBe(1);
  });

  it('gives gradient 0 for a model that ignores its input', () => {
    tf.tidy(() => {
      const points = tf.fill<tf.Rank.R4>([1, 2, 2, 1], 0.5);
      const logits = (x: tf.Tensor4D): tf.Tensor2D => tf.mul(tf.ones([x.shape[0], 1]), [[2, 1, 0]]) as tf.Tensor2D;
      const classifier = { ...severalClasses(3), logits };
      const labels = tf.tensor1d([0], 'int32');
      const rivals = [1, 2].map((rival) => tf.tensor1d([rival], 'int32'));
      const [line] = nearestBoundary({ norm: 'l2', classifier, points, labels, rivals }).arraySync();
      expect(line?.slice(0, 5).map(Math.abs)).toEqual([0, 0, 0, 0, 1]);
    });
  });

  it('leaks no tensor besides its result', () => {
    const classifier = severalClasses(CLASSES);
    const { images: points, labels } = grayExamples(classifier, 2);
    const rivals = rivalsOf(labels);
    for (const norm of NORMS) {
      for (const some of [rivals, rivals.slice(0, 1)]) {
        const work = (): void => nearestBoundary({ norm, classifier, points, labels, rivals: some }).dispose();
        expect(countTensors(work)).toBe(0);
      }
    }
    tf.dispose([points, labels, rivals]);
  });
});
