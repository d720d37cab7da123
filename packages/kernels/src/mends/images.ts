import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/** For each pixel of the resized axis, the source pixel that it copies. */
function sources(length: number, size: number, alignCorners: boolean): number[] {
  const scale = alignCorners && size > 1 ? (length - 1) / (size - 1) : length / size;
  return Array.from({ length: size }, (_, i) =>
    Math.min(length - 1, alignCorners ? Math.round(i * scale) : Math.floor(i * scale)),
  );
}

/**
 * `ResizeNearestNeighborGrad`: the gradient of a pixel is the sum of dy over its copies. The kernel of `cpu` reads the first image of the batch for
 * all images, and does not terminate for a side of one pixel with aligned corners.
 */
export const nearestGradient: Mend = ({ inputs, attrs, backend }, { tensor }) => {
  const { images, dy } = inputs as { images: TensorInfo; dy: TensorInfo };
  const [batch = 0, height = 0, width = 0, channels = 0] = images.shape;
  const [, tall = 0, wide = 0] = dy.shape;
  const rows = sources(height, tall, attrs.alignCorners === true);
  const columns = sources(width, wide, attrs.alignCorners === true);
  const from = backend.readSync(dy.dataId) as Float32Array;
  const to = new Float32Array(batch * height * width * channels);
  let at = 0;
  for (let image = 0; image < batch; image++) {
    for (const row of rows) {
      for (const column of columns) {
        const pixel = ((image * height + row) * width + column) * channels;
        for (let c = 0; c < channels; c++, at++) to[pixel + c] = (to[pixel + c] ?? 0) + (from[at] ?? 0);
      }
    }
  }
  return tensor(to, images.shape);
};

/** `Transform`, image by image. The kernel of `cpu` returns after the first image of a batch. */
export const transformEachImage: Mend = ({ inputs, attrs }, { original, own, run }) => {
  const { image, transforms } = inputs as { image: TensorInfo; transforms: TensorInfo };
  const [batch = 0, ...pixels] = image.shape;
  if (batch < 2) return undefined;
  const each = Array.from({ length: batch }, (_, i) => {
    const x = run('Slice', { x: image }, { begin: [i, 0, 0, 0], size: [1, ...pixels] });
    const begin = [transforms.shape[0] === 1 ? 0 : i, 0];
    const row = run('Slice', { x: transforms }, { begin, size: [1, transforms.shape[1] ?? 8] });
    return own(original({ image: x, transforms: row }, attrs));
  });
  return run('Concat', each, { axis: 0 });
};
