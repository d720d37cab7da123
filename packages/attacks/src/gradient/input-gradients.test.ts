import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

import { inputGradients } from './input-gradients.ts';

const image = (value: number): tf.Tensor4D => tf.tensor4d([value], [1, 1, 1, 1]);

describe('inputGradients', () => {
  it('returns the gradient of each input, undefined if the value does not depend on it, and the other tensors found', () => {
    const [x, y] = [image(3), image(5)];
    const leaked = countTensors(() => {
      const { gradients, found } = inputGradients(() => {
        const square = tf.square(x);
        return { value: tf.sum(square), found: { square } };
      }, [x, y]);
      expectClose(gradients[0] ?? [], [6]);
      expect(gradients[1]).toBeUndefined();
      expectClose(found.square, [9]);
      tf.dispose([gradients[0] ?? [], found]);
    });
    expect(leaked).toBe(0);
    tf.dispose([x, y]);
  });

  it('disposes everything if the forward pass throws', () => {
    const x = image(1);
    const leaked = countTensors(() => {
      const failing = () => {
        tf.square(x); // saves its input for the gradient
        throw new Error('device lost');
      };
      expect(() => inputGradients(failing, [x])).toThrow('device lost');
    });
    expect(leaked).toBe(0);
    x.dispose();
  });
});
