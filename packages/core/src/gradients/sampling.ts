import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { indicator } from './gradient.ts';
import { sumRows } from './indexing.ts';

/** The source positions of the output pixels, in pixels; each tensor is [n, height, width]. */
export type Sampling = {
  readonly y: Tensor;
  readonly x: Tensor;
  /** Index of the source image in the batch, int32. */
  readonly image: Tensor;
  readonly method: 'bilinear' | 'nearest';
  /** A position less than one pixel outside the image gets part of the edge pixel (`beyond`), or nothing (`inside`). */
  readonly edge: 'beyond' | 'inside';
};

type Corner = {
  readonly y: Tensor;
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly byY: Tensor;
  readonly byX: Tensor;
};

/** The gradient of interpolating an image [n, h, w, c], with respect to the image and to the positions in pixels. */
export function sampleGradient(dy: Tensor, image: Tensor, sampling: Sampling) {
  const [batch = 0, height = 0, width = 0, channels = 0] = image.shape;
  const count = dy.size / channels;
  const rows = tf.reshape(dy, [count, channels]);
  const corners = cornersOf(sampling, height, width).map((corner) => {
    const inside = tf.logicalAnd(within(corner.y, height), within(corner.x, width));
    const place = tf.add(tf.mul(tf.cast(sampling.image, 'float32'), height), tf.clipByValue(corner.y, 0, height - 1));
    const flat = tf.add(tf.mul(place, width), tf.clipByValue(corner.x, 0, width - 1));
    const mask = indicator(inside);
    return { ...corner, mask, place: tf.cast(tf.reshape(flat, [count]), 'int32') };
  });
  const column = (weight: Tensor): Tensor => tf.reshape(weight, [count, 1]);
  return {
    image: (): Tensor => {
      const parts = corners.map(({ weight, mask }) => tf.mul(rows, column(tf.mul(weight, mask))));
      const places = corners.map(({ place }) => place as tf.Tensor1D);
      const sums = sumRows(tf.concat(parts, 0), tf.concat(places, 0), batch * height * width);
      return tf.reshape(sums, image.shape);
    },
    place: (): { readonly y: Tensor; readonly x: Tensor } => {
      const pixels = tf.reshape(image, [batch * height * width, channels]);
      const along = corners.map(({ place }) => tf.sum(tf.mul(rows, tf.gather(pixels, place as tf.Tensor1D)), 1, true));
      const total = (axis: 'byY' | 'byX'): Tensor => {
        const terms = corners.map((corner, i) => tf.mul(along[i] as Tensor, column(tf.mul(corner[axis], corner.mask))));
        return tf.reshape(tf.addN(terms), sampling.y.shape);
      };
      return { y: total('byY'), x: total('byX') };
    },
  };
}

const within = (at: Tensor, length: number): Tensor =>
  tf.logicalAnd(tf.greaterEqual(at, 0), tf.lessEqual(at, length - 1));

/** The pixels that are interpolated at each position, their weights, and the derivatives of the weights with respect to y and x. */
function cornersOf({ y, x, method, edge }: Sampling, height: number, width: number): Corner[] {
  const off = edge === 'beyond' ? undefined : tf.logicalAnd(within(y, height), within(x, width));
  const counted = (weight: Tensor): Tensor => (off ? tf.mul(weight, indicator(off)) : weight);
  if (method === 'nearest') {
    // rounds halves up, as Math.round does
    const [row, column] = [tf.floor(tf.add(y, 0.5)), tf.floor(tf.add(x, 0.5))];
    const none = tf.zerosLike(y);
    return [{ y: row, x: column, weight: counted(tf.onesLike(y)), byY: none, byX: none }];
  }
  const [top, left] = [tf.floor(y), tf.floor(x)];
  const [down, right] = [tf.sub(y, top), tf.sub(x, left)];
  const part = (i: 0 | 1, share: Tensor): Tensor => (i === 1 ? share : tf.sub(1, share));
  const corner = (i: 0 | 1, j: 0 | 1): Corner => ({
    y: tf.add(top, i),
    x: tf.add(left, j),
    weight: counted(tf.mul(part(i, down), part(j, right))),
    byY: counted(tf.mul(part(j, right), i === 1 ? 1 : -1)),
    byX: counted(tf.mul(part(i, down), j === 1 ? 1 : -1)),
  });
  return [corner(0, 0), corner(0, 1), corner(1, 0), corner(1, 1)];
}
