import { createRng, type Norm } from '@st/core';
import { NORMS } from '@st/core/kit';
import { countTensors } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { project } from '../ball/project.ts';
import { l1, l2, linf } from '../ball/threat.ts';
import { steepestDirection } from '../gradient/steepest-direction.ts';
import { projectedStep } from './projected-step.ts';

const SHAPE: [number, number, number, number] = [3, 5, 7, 3];
const rng = createRng(3);
const center = rng.uniform<tf.Rank.R4>(SHAPE);
const points: tf.Tensor4D = tf.tidy(() => tf.add(center, rng.uniform<tf.Rank.R4>(SHAPE, -0.1, 0.1)));
const gradient: tf.Tensor4D = tf.tidy(() => {
  const drawn = rng.normal<tf.Rank.R4>(SHAPE);
  return tf.mul(drawn, tf.cast(tf.greater(drawn, -0.5), 'float32')); // a third of them zero
});
const THREATS = { linf: linf(8 / 255), l2: l2(0.5), l1: l1(12) };

describe('projectedStep', () => {
  it.each(NORMS.flatMap((norm) => [0.03, -0.03].map((length) => [norm, length] as const)))(
    'in %s by %f equals project(point + length * direction) bit for bit',
    (norm: Norm, length: number) => {
      tf.tidy(() => {
        const threat = THREATS[norm];
        const got = projectedStep({ points, gradient, center }, threat, length);
        const moved = tf.add(points, tf.mul(length, steepestDirection(norm, gradient))) as tf.Tensor4D;
        expect(got.dataSync()).toEqual(project(threat, moved, center).dataSync());
      });
    },
  );

  it('in l-infinity gives the same bits with the box first', () => {
    tf.tidy(() => {
      const got = projectedStep({ points, gradient, center }, THREATS.linf, 0.4, 'box-first');
      const moved: tf.Tensor4D = tf.add(points, tf.mul(0.4, steepestDirection('linf', gradient)));
      const inBox = tf.clipByValue(moved, 0, 1);
      expect(got.dataSync()).toEqual(project(THREATS.linf, inBox, center).dataSync());
    });
  });

  it('leaks no tensor besides its result', () => {
    for (const projection of ['threat', 'box-first', 'box'] as const) {
      const step = (): tf.Tensor => projectedStep({ points, gradient, center }, THREATS.linf, 0.1, projection);
      expect(countTensors(() => step().dispose())).toBe(0);
    }
  });
});
