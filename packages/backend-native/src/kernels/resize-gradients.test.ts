import { expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

type Size = [number, number];
const FORMS: readonly (readonly [from: Size, to: Size])[] = [
  [[2, 3], [6, 6]],
  [[3, 4], [5, 7]],
  [[5, 6], [3, 4]],
  [[6, 1], [5, 7]],
  [[3, 4], [1, 1]],
]; // biome-ignore format: a form a line

const KERNELS = [
  ['ResizeBilinearGrad', tf.image.resizeBilinear],
  ['ResizeNearestNeighborGrad', tf.image.resizeNearestNeighbor],
] as const;

describe.each(KERNELS)('%s', (name, resize) => {
  it.each([
    [false, false],
    [true, false],
    [false, true],
  ])('is the transpose of the resizing, image by image (corners aligned: %s, half pixels: %s)', (align, half) => {
    for (const [from, to] of FORMS) {
      tf.tidy(() => {
        const pixels = from[0] * from[1];
        const dy = tf.randomNormal<tf.Rank.R4>([3, ...to, 1], 0, 1, 'float32', 5);
        // one image for each pixel, with 1 in it
        const basis = tf.reshape(tf.eye(pixels), [pixels, ...from, 1]) as tf.Tensor4D;
        const images = tf.reshape(resize(basis, to, align, half), [pixels, to[0] * to[1]]) as tf.Tensor2D;
        const wanted = tf.matMul(tf.reshape(dy, [3, to[0] * to[1]]) as tf.Tensor2D, images, false, true);
        const inputs = { images: tf.zeros([3, ...from, 1]), dy };
        const dx = tf.engine().runKernel(name, inputs, { alignCorners: align, halfPixelCenters: half }) as tf.Tensor;
        expect(dx.shape).toEqual([3, ...from, 1]);
        expectClose(dx, wanted);
      });
    }
  });
});
