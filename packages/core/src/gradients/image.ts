import type { GradConfig, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { gradient, run } from './gradient.ts';
import { sumRows } from './indexing.ts';
import { type Sampling, sampleGradient } from './sampling.ts';

type Rotate = { readonly radians: number; readonly fillValue: number | number[]; readonly center: number | number[] };
type Transform = {
  readonly interpolation: 'nearest' | 'bilinear';
  readonly fillMode: 'constant' | 'reflect' | 'wrap' | 'nearest';
};
type Crop = { readonly method: 'bilinear' | 'nearest'; readonly cropSize: readonly [number, number] };

/** Numbers the pixels from 1 on, row by row: [1, height, width, 1]. float32 is exact up to 4096 x 4096 pixels. */
function numbered(height: number, width: number): Tensor4D {
  return tf.reshape(tf.range(1, height * width + 1), [1, height, width, 1]);
}

/** Rotates an image of pixel numbers to learn which source pixel each output pixel shows; 0 is none. */
function rotationGradient(dy: Tensor, { radians, center }: Rotate): Tensor {
  const [batch = 0, height = 0, width = 0, channels = 0] = dy.shape;
  const source = run('RotateWithOffset', { image: numbered(height, width) }, { radians, center, fillValue: 0 });
  const rows = tf.reshape(tf.transpose(dy, [1, 2, 0, 3]), [height * width, batch * channels]);
  // row 0 collects the output pixels that show no source pixel
  const to = tf.cast(tf.reshape(source, [-1]), 'int32');
  const sums = tf.slice(sumRows(rows, to, height * width + 1), [1, 0], [height * width, batch * channels]);
  return tf.transpose(tf.reshape(sums, [height, width, batch, channels]), [2, 0, 1, 3]);
}

/** The source position in the image of each output pixel; each tensor is [batch, height, width]. */
function transformSampling(dy: Tensor, image: Tensor, transforms: Tensor, attrs: Transform): Sampling {
  const [batch = 0, height = 0, width = 0] = dy.shape;
  const [y, x] = [tf.reshape(tf.range(0, height), [1, -1, 1]), tf.reshape(tf.range(0, width), [1, 1, -1])];
  const entry = (i: number): Tensor => tf.reshape(tf.slice(transforms, [0, i], [-1, 1]), [-1, 1, 1]);
  const plane = (i: number, constant: Tensor | number): Tensor =>
    tf.add(tf.add(tf.mul(entry(i), x), tf.mul(entry(i + 1), y)), constant);
  const depth = plane(6, 1);
  const at = (i: number, length: number): Tensor =>
    folded(tf.div(plane(i, entry(i + 2)), depth), length, attrs.fillMode);
  const all = [batch, height, width];
  const infinite = tf.equal(tf.broadcastTo(depth, all), 0);
  const [rows, columns] = [image.shape[1] ?? 1, image.shape[2] ?? 1];
  const off = tf.fill(all, -2); // outside, and so are its neighbors
  return {
    y: tf.where(infinite, off, at(3, rows)),
    x: tf.where(infinite, off, at(0, columns)),
    image: tf.broadcastTo(tf.reshape(tf.range(0, batch, 1, 'int32'), [-1, 1, 1]), all),
    method: attrs.interpolation,
    edge: 'beyond',
  };
}

/** Maps a coordinate outside the image to one inside, as TensorFlow's fill modes define it. */
function folded(at: Tensor, length: number, mode: Transform['fillMode']): Tensor {
  if (mode === 'constant') return at;
  const clamped = (x: Tensor): Tensor => tf.clipByValue(x, 0, length - 1);
  if (mode === 'nearest') return clamped(at);
  if (length <= 1) return tf.zerosLike(at);
  const truncated = (x: Tensor): Tensor => tf.mul(tf.sign(x), tf.floor(tf.abs(x)));
  const [below, above] = mode === 'wrap' ? wrapped(at, length, truncated) : reflected(at, length, truncated);
  const inside = tf.where(tf.greater(at, length - 1), above, at);
  return clamped(tf.where(tf.less(at, 0), below, inside));
}

type Branches = readonly [below: Tensor, above: Tensor];

/** abcd|abcd|abcd */
function wrapped(at: Tensor, length: number, truncated: (x: Tensor) => Tensor): Branches {
  const turns = (x: Tensor): Tensor => truncated(tf.div(x, length - 1));
  return [tf.add(at, tf.mul(length, tf.add(turns(tf.neg(at)), 1))), tf.sub(at, tf.mul(length, turns(at)))];
}

/** dcba|abcd|dcba */
function reflected(at: Tensor, length: number, truncated: (x: Tensor) => Tensor): Branches {
  const twice = 2 * length;
  const shifted = tf.add(at, tf.mul(twice, truncated(tf.div(tf.neg(at), twice))));
  const below = tf.where(tf.less(shifted, -length), tf.add(shifted, twice), tf.sub(tf.neg(shifted), 1));
  const rest = tf.sub(at, tf.mul(twice, truncated(tf.div(at, twice))));
  return [below, tf.where(tf.greaterEqual(rest, length), tf.sub(twice - 1, rest), rest)];
}

/** The source position of each pixel of each crop, and its derivative with respect to the box: `y = top (1 - share) + bottom share`. */
function cropSampling(dy: Tensor, image: Tensor, boxes: Tensor, boxInd: Tensor, method: Crop['method']) {
  const [count = 0, height = 0, width = 0] = dy.shape;
  const all = [count, height, width];
  const shares = (length: number): Tensor =>
    length > 1 ? tf.div(tf.range(0, length), length - 1) : tf.tensor1d([0.5]);
  const [down, right] = [tf.reshape(shares(height), [1, -1, 1]), tf.reshape(shares(width), [1, 1, -1])];
  const corner = (i: number): Tensor => tf.reshape(tf.slice(boxes, [0, i], [-1, 1]), [-1, 1, 1]);
  const between = (i: number, share: Tensor, length: number): Tensor =>
    tf.broadcastTo(tf.mul(tf.add(corner(i), tf.mul(tf.sub(corner(i + 2), corner(i)), share)), length - 1), all);
  const [rows, columns] = [image.shape[1] ?? 1, image.shape[2] ?? 1];
  const sampling: Sampling = {
    y: between(0, down, rows),
    x: between(1, right, columns),
    image: tf.broadcastTo(tf.reshape(boxInd, [-1, 1, 1]), all),
    method,
    edge: 'inside',
  };
  return { sampling, down: tf.mul(down, rows - 1), right: tf.mul(right, columns - 1), rows, columns };
}

function cropGradients(dy: Tensor, saved: Tensor[], { method }: Crop) {
  const [image, boxes, boxInd] = saved as [Tensor, Tensor, Tensor];
  return {
    image: () => sampleGradient(dy, image, cropSampling(dy, image, boxes, boxInd, method).sampling).image(),
    boxes: () => {
      const { sampling, down, right, rows, columns } = cropSampling(dy, image, boxes, boxInd, method);
      const { y, x } = sampleGradient(dy, image, sampling).place();
      const moved = (by: Tensor, share: Tensor, length: number): [Tensor, Tensor] => [
        tf.sum(tf.mul(by, tf.sub(length - 1, share)), [1, 2]),
        tf.sum(tf.mul(by, share), [1, 2]),
      ];
      const [top, bottom] = moved(y, down, rows);
      const [left, rightmost] = moved(x, right, columns);
      return tf.stack([top, left, bottom, rightmost], 1);
    },
  };
}

/** Rotations, projections and crops of images. */
export const imageGradients: readonly GradConfig[] = [
  gradient<Rotate>('RotateWithOffset', {}, (dy, _, attrs) => ({ image: () => rotationGradient(dy, attrs) })),
  gradient<Transform>('Transform', { inputs: ['image', 'transforms'] }, (dy, saved, attrs) => {
    const [image, transforms] = saved as [Tensor, Tensor];
    return { image: () => sampleGradient(dy, image, transformSampling(dy, image, transforms, attrs)).image() };
  }),
  gradient<Crop>('CropAndResize', { inputs: ['image', 'boxes', 'boxInd'] }, (dy, saved, attrs) => ({
    ...cropGradients(dy, saved, attrs),
  })),
];
