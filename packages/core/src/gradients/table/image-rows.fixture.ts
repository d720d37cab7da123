import * as tf from '@tensorflow/tfjs-core';
import { at, build, type NdArray } from './nd-array.fixture.ts';
import { given, type Row, some } from './row.fixture.ts';

type Size = readonly [number, number];
type Centers = 'corner' | 'align' | 'half';

/** The position along the original side of a pixel of the resized side. */
function place(i: number, length: number, resized: number, centers: Centers): number {
  if (centers === 'align') return resized > 1 ? (i * (length - 1)) / (resized - 1) : 0;
  const ratio = length / resized;
  return centers === 'half' ? ratio * (i + 0.5) - 0.5 : ratio * i;
}

function bilinear(x: NdArray, [height, width]: Size, centers: Centers): NdArray {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  return build([n, height, width, c], (b = 0, i = 0, j = 0, k = 0) => {
    const [y, z] = [place(i, h, height, centers), place(j, w, width, centers)].map((p) => Math.max(0, p)) as [
      number,
      number,
    ];
    const [top, left] = [Math.floor(y), Math.floor(z)];
    const value = (r: number, s: number) => at(x, [b, Math.min(h - 1, r), Math.min(w - 1, s), k]);
    const row = (r: number) => value(r, left) + (value(r, left + 1) - value(r, left)) * (z - left);
    return row(top) + (row(top + 1) - row(top)) * (y - top);
  });
}

function nearest(x: NdArray, [height, width]: Size, centers: Centers): NdArray {
  const [n = 0, h = 0, w = 0, c = 0] = x.shape;
  const pick = (i: number, length: number, resized: number): number => {
    if (centers === 'align') return Math.min(length - 1, Math.round(place(i, length, resized, 'align')));
    return Math.min(length - 1, Math.floor((length / resized) * (centers === 'half' ? i + 0.5 : i) + 1e-9));
  };
  return build([n, height, width, c], (b = 0, i = 0, j = 0, k = 0) =>
    at(x, [b, pick(i, h, height), pick(j, w, width), k]),
  );
}

const SIZES: readonly (readonly [form: string, from: Size, to: Size])[] = [
  ['twice as large', [2, 3], [4, 6]],
  ['three and four times as large', [2, 3], [6, 12]],
  ['not a multiple', [3, 4], [5, 7]],
  ['smaller', [5, 6], [3, 4]],
  ['half as large', [4, 6], [2, 3]],
  ['smaller and larger', [5, 2], [3, 5]],
  ['from sides of length 1', [6, 1], [5, 7]],
  ['to sides of length 1', [3, 4], [1, 1]],
  ['the same size', [3, 2], [3, 2]],
];
const OPERATIONS = [
  ['resizeBilinear', tf.image.resizeBilinear, bilinear],
  ['resizeNearestNeighbor', tf.image.resizeNearestNeighbor, nearest],
] as const;
const resizes: Row[] = OPERATIONS.flatMap(([name, run, reference]) =>
  (['corner', 'align', 'half'] as const).flatMap((centers) =>
    SIZES.map(
      ([form, [h, w], to]): Row => ({
        name: `image.${name}: ${form}, ${centers}`,
        inputs: [some([3, h, w, 2])],
        run: (x) => run(x as tf.Tensor4D, [...to], centers === 'align', centers === 'half'),
        reference: (x) => reference(x as NdArray, to, centers),
      }),
    ),
  ),
);

/** Interpolates an image; positions outside it read `fill`. */
function read(
  x: NdArray,
  [b, y, z, c]: readonly [number, number, number, number],
  how: 'bilinear' | 'nearest',
  fill: number,
): number {
  if (how === 'nearest') return at(x, [b, Math.floor(y + 0.5), Math.floor(z + 0.5), c], fill);
  const [top, left] = [Math.floor(y), Math.floor(z)];
  const row = (r: number) =>
    at(x, [b, r, left, c], fill) * (left + 1 - z) + at(x, [b, r, left + 1, c], fill) * (z - left);
  return row(top) * (top + 1 - y) + row(top + 1) * (y - top);
}

const fold: Readonly<Record<string, (p: number, length: number) => number>> = {
  constant: (p) => p,
  nearest: (p, length) => Math.min(length - 1, Math.max(0, p)),
  reflect: (p, length) => {
    const turn = ((p % (2 * length)) + 2 * length) % (2 * length);
    return Math.min(
      length - 1,
      Math.max(0, p < 0 || p > length - 1 ? (turn >= length ? 2 * length - 1 - turn : turn) : p),
    );
  },
};
const TRANSFORM = [0.9, 0.2, -0.4, -0.15, 1.1, 0.3, 0.01, 0.02];
const transforms: Row[] = (['bilinear', 'nearest'] as const).flatMap((how) =>
  (['constant', 'nearest', 'reflect'] as const).map((mode): Row => {
    const t = TRANSFORM.map(Math.fround);
    return {
      name: `image.transform: ${how}, ${mode}`,
      inputs: [some([1, 4, 5, 2])],
      run: (x) => tf.image.transform(x as tf.Tensor4D, tf.tensor2d([TRANSFORM]), how, mode, 0.5),
      reference: (x) =>
        build([1, 4, 5, 2], (b = 0, i = 0, j = 0, c = 0) => {
          const p = (k: number) => t[k] ?? 0;
          const depth = p(6) * j + p(7) * i + 1;
          const [px, py] = [(p(0) * j + p(1) * i + p(2)) / depth, (p(3) * j + p(4) * i + p(5)) / depth];
          const [y, z] = [fold[mode]?.(py, 4) ?? 0, fold[mode]?.(px, 5) ?? 0];
          return read(x as NdArray, [b, y, z, c], how, 0.5);
        }),
    };
  }),
);

const BOXES = given([3, 4], [0.05, 0.1, 0.85, 0.9, 0.2, -0.35, 0.7, 0.6, 0.9, 0.8, 0.15, 0.2]);
const BOX_IMAGES = [1, 0, 1];
const crops: Row[] = (['bilinear', 'nearest'] as const).flatMap((how) =>
  (
    [
      [3, 2],
      [1, 4],
    ] as const
  ).map(
    (size): Row => ({
      name: `image.cropAndResize: ${how}, ${size}`,
      inputs: [some([2, 4, 5, 2]), BOXES],
      run: (x, boxes) =>
        tf.image.cropAndResize(
          x as tf.Tensor4D,
          boxes as tf.Tensor2D,
          tf.tensor1d(BOX_IMAGES, 'int32'),
          [...size],
          how,
          0.25,
        ),
      reference: (x, boxes) =>
        build([3, ...size, 2], (b = 0, i = 0, j = 0, c = 0) => {
          const side = (axis: 0 | 1, k: number, count: number, length: number): number => {
            const [from, to] = [at(boxes as NdArray, [b, axis]), at(boxes as NdArray, [b, axis + 2])];
            return (from + (to - from) * (count > 1 ? k / (count - 1) : 0.5)) * (length - 1);
          };
          const [y, z] = [side(0, i, size[0], 4), side(1, j, size[1], 5)];
          if (y < 0 || y > 3 || z < 0 || z > 4) return 0.25;
          return read(x as NdArray, [BOX_IMAGES[b] ?? 0, y, z, c], how, 0);
        }),
    }),
  ),
);

/** Resizing, cropping, rotating and projecting images. */
export const imageRows: readonly Row[] = [
  ...resizes,
  ...transforms,
  ...crops,
  {
    name: 'image.resizeBilinear: an image without batch',
    inputs: [some([2, 3, 1])],
    run: (x) => tf.image.resizeBilinear(x as tf.Tensor3D, [3, 5]),
    reference: (x) => {
      const y = bilinear({ shape: [1, 2, 3, 1], values: (x as NdArray).values }, [3, 5], 'corner');
      return { shape: [3, 5, 1], values: y.values };
    },
  },
  ...[0.3, Math.PI / 2, -2].map(
    (radians): Row => ({
      name: `image.rotateWithOffset: by ${radians.toFixed(2)}`,
      inputs: [some([2, 4, 5, 2])],
      run: (x) => tf.image.rotateWithOffset(x as tf.Tensor4D, radians, 0.5, 0.4),
      reference: (x) => {
        const [cx, cy] = [5 * 0.4, 4 * 0.4];
        const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
        return build([2, 4, 5, 2], (b = 0, i = 0, j = 0, c = 0) => {
          const z = Math.round((j - cx) * cos - (i - cy) * sin + cx);
          const y = Math.round((j - cx) * sin + (i - cy) * cos + cy);
          return at(x as NdArray, [b, y, z, c], 0.5);
        });
      },
    }),
  ),
];
