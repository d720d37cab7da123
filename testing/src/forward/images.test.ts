import * as tf from '@tensorflow/tfjs-core';
import { describe } from 'vitest';

import { type ForwardCase, testForward, type Wanted, wanted, within } from './forward-cases.ts';
import { at, indices, integers, type NdArray, ndArray, sizeOf, tensorOf, wave } from './nd-array.ts';

const NAN = Number.NaN;

const label = (list: readonly unknown[]): string => `[${list.join(', ')}]`;

/** The position of an output pixel in the input, in the three conventions of TensorFlow. */
function sourceOf(out: number, length: number, size: number, alignCorners: boolean, halfPixelCenters: boolean): number {
  if (halfPixelCenters) return (out + 0.5) * (length / size) - 0.5;
  return out * (alignCorners && size > 1 ? (length - 1) / (size - 1) : length / size);
}

function resized(
  x: NdArray,
  size: readonly [number, number],
  kind: 'nearest' | 'bilinear',
  alignCorners: boolean,
  halfPixelCenters: boolean,
): NdArray {
  const [batch = 0, height = 1, width = 1, channels = 1] = x.shape;
  const clamp = (place: number, length: number): number => Math.min(length - 1, Math.max(0, place));
  return ndArray([batch, ...size, channels], ([n = 0, i = 0, j = 0, c = 0]) => {
    const row = sourceOf(i, height, size[0], alignCorners, halfPixelCenters);
    const column = sourceOf(j, width, size[1], alignCorners, halfPixelCenters);
    const read = (r: number, s: number): number => at(x, [n, clamp(r, height), clamp(s, width), c]);
    if (kind === 'nearest') {
      const nearest = (place: number): number =>
        halfPixelCenters ? Math.floor(place + 0.5) : alignCorners ? Math.round(place) : Math.floor(place);
      return read(nearest(row), nearest(column));
    }
    const [top, left] = [Math.floor(row), Math.floor(column)];
    const [u, v] = [row - top, column - left];
    return (
      (1 - u) * ((1 - v) * read(top, left) + v * read(top, left + 1)) +
      u * ((1 - v) * read(top + 1, left) + v * read(top + 1, left + 1))
    );
  });
}

const CONVENTIONS = [
  [false, false],
  [true, false],
  [false, true],
] as const;

const SIZES: readonly (readonly [shape: readonly number[], size: readonly [number, number]])[] = [
  [
    [2, 3, 4, 2],
    [6, 8],
  ],
  [
    [1, 5, 7, 2],
    [3, 3],
  ],
  [
    [1, 4, 3, 1],
    [1, 5],
  ],
  [
    [1, 1, 1, 2],
    [3, 4],
  ],
  [
    [2, 4, 4, 1],
    [4, 4],
  ],
  [
    [1, 6, 2, 1],
    [5, 7],
  ],
];

describe('images', () => {
  testForward([
    ...SIZES.flatMap(([shape, size]) =>
      CONVENTIONS.flatMap(([alignCorners, halfPixelCenters]) =>
        (['nearest', 'bilinear'] as const).flatMap((kind) =>
          (kind === 'nearest' ? (['float32', 'int32'] as const) : (['float32'] as const)).map((dtype): ForwardCase => {
            const x = dtype === 'int32' ? integers(shape) : wave(shape);
            const op = kind === 'nearest' ? tf.image.resizeNearestNeighbor : tf.image.resizeBilinear;
            return [
              `resize ${kind} of ${dtype} ${label(shape)} to ${label(size)}${alignCorners ? ', corners aligned' : ''}${halfPixelCenters ? ', half pixel centers' : ''}`,
              () => op(tensorOf<tf.Rank.R4>(x, dtype), [...size], alignCorners, halfPixelCenters),
              { ...within(resized(x, size, kind, alignCorners, halfPixelCenters), 1e-5), dtype },
            ];
          }),
        ),
      ),
    ),
    [
      'resizeBilinear of int32',
      () => tf.image.resizeBilinear(tf.tensor4d([0, 1], [1, 1, 2, 1], 'int32'), [1, 4]),
      wanted([0, 0.5, 1, 1], 'float32', [1, 1, 4, 1]),
    ],
    [
      'resizeBilinear of NaN',
      () => tf.image.resizeBilinear(tf.tensor4d([0, NAN, 4], [1, 1, 3, 1]), [1, 3]),
      wanted([0, NAN, 4], 'float32', [1, 1, 3, 1]),
    ],
    [
      'resizeBilinear of no image',
      () => tf.image.resizeBilinear(tf.zeros<tf.Rank.R4>([0, 2, 2, 1]), [4, 4]),
      wanted([], 'float32', [0, 4, 4, 1]),
    ],
    [
      'resizeNearestNeighbor of no image',
      () => tf.image.resizeNearestNeighbor(tf.zeros<tf.Rank.R4>([0, 2, 2, 1]), [4, 4]),
      wanted([], 'float32', [0, 4, 4, 1]),
    ],
    [
      'flipLeftRight',
      () => tf.image.flipLeftRight(tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 1, 3, 2])),
      wanted([5, 6, 3, 4, 1, 2, 11, 12, 9, 10, 7, 8], 'float32', [2, 1, 3, 2]),
    ],
    [
      'rotateWithOffset by a half turn',
      () =>
        tf.image.rotateWithOffset(tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]), Math.PI, 0, [1 / 3, 1 / 3]),
      wanted([9, 8, 7, 6, 5, 4, 3, 2, 1], 'float32', [1, 3, 3, 1]),
    ],
    [
      'grayscaleToRGB',
      () => tf.image.grayscaleToRGB(tf.tensor3d([1, 2], [1, 2, 1])),
      wanted([1, 1, 1, 2, 2, 2], 'float32', [1, 2, 3]),
    ],
    [
      'cropAndResize bilinear',
      () =>
        tf.image.cropAndResize(
          tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]),
          tf.tensor2d([
            [0, 0, 1, 1],
            [0, 0, 1, 0.5],
          ]),
          tf.tensor1d([0, 0], 'int32'),
          [2, 2],
          'bilinear',
        ),
      wanted([1, 2, 3, 4, 1, 1.5, 3, 3.5], 'float32', [2, 2, 2, 1]),
    ],
    [
      'cropAndResize outside',
      () =>
        tf.image.cropAndResize(
          tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]),
          tf.tensor2d([[0, 0, 2, 2]]),
          tf.tensor1d([0], 'int32'),
          [2, 2],
          'nearest',
          -5,
        ),
      wanted([1, -5, -5, -5], 'float32', [1, 2, 2, 1]),
    ],
    [
      'cropAndResize nearest of the second image',
      () =>
        tf.image.cropAndResize(
          tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1]),
          tf.tensor2d([[0, 0, 1, 1]]),
          tf.tensor1d([1], 'int32'),
          [1, 1],
          'nearest',
        ),
      wanted([8], 'float32', [1, 1, 1, 1]),
    ],
    [
      'transform of two images',
      () =>
        tf.image.transform(
          tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2, 1]),
          tf.tensor2d([
            [1, 0, 1, 0, 1, 0, 0, 0],
            [1, 0, 0, 0, 1, 1, 0, 0],
          ]),
          'nearest',
          'constant',
          9,
        ),
      wanted([2, 9, 4, 9, 7, 8, 9, 9], 'float32', [2, 2, 2, 1]),
    ],
    [
      'gradient of resizeNearestNeighbor for a batch',
      () =>
        tf.grad((x) =>
          tf.mul(tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [2, 4]), tf.reshape(tf.range(1, 17), [2, 2, 4, 1])),
        )(tf.zeros([2, 1, 2, 1])),
      wanted([1 + 2 + 5 + 6, 3 + 4 + 7 + 8, 9 + 10 + 13 + 14, 11 + 12 + 15 + 16], 'float32', [2, 1, 2, 1]),
    ],
    [
      'gradient of resizeNearestNeighbor from one pixel, corners aligned',
      () => tf.grad((x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [5, 7], true))(tf.zeros([1, 1, 1, 1])),
      wanted([35], 'float32', [1, 1, 1, 1]),
    ],
    [
      'transform by a shift',
      () =>
        tf.image.transform(
          tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]),
          tf.tensor2d([[1, 0, 1, 0, 1, 0, 0, 0]]),
          'nearest',
          'constant',
          9,
        ),
      wanted([2, 9, 4, 9], 'float32', [1, 2, 2, 1]),
    ],
    [
      'threshold',
      () => tf.image.threshold(tf.tensor3d([10, 200], [1, 2, 1]), 'binary', false, 0.5),
      wanted([0, 255], undefined, [1, 2, 1]),
    ],
    ...(['NHWC', 'NCHW'] as const).map((format): ForwardCase => {
      const x = wave(format === 'NHWC' ? [2, 2, 3, 8] : [2, 8, 2, 3]);
      const y = ndArray(format === 'NHWC' ? [2, 4, 6, 2] : [2, 2, 4, 6], (index) => {
        const [n = 0, i = 0, j = 0, c = 0] = format === 'NHWC' ? index : [index[0], index[2], index[3], index[1]];
        const channel = ((i % 2) * 2 + (j % 2)) * 2 + c;
        const [row, column] = [Math.floor(i / 2), Math.floor(j / 2)];
        return at(x, format === 'NHWC' ? [n, row, column, channel] : [n, channel, row, column]);
      });
      return [`depthToSpace ${format}`, () => tf.depthToSpace(tensorOf<tf.Rank.R4>(x), 2, format), y];
    }),
    ...(
      [
        [
          [2, 2],
          [
            [0, 0],
            [0, 0],
          ],
        ],
        [
          [2, 3],
          [
            [1, 1],
            [0, 2],
          ],
        ],
      ] as const
    ).flatMap(([block, pads]): ForwardCase[] => {
      const x = wave([2, 4, 4, 2]);
      const lengths = [0, 1].map((i) => (4 + pads[i as 0 | 1][0] + pads[i as 0 | 1][1]) / block[i as 0 | 1]);
      const y = ndArray([2 * block[0] * block[1], ...lengths, 2], ([n = 0, i = 0, j = 0, c = 0]) => {
        const phase = Math.floor(n / 2);
        return at(x, [
          n % 2,
          i * block[0] + Math.floor(phase / block[1]) - pads[0][0],
          j * block[1] + (phase % block[1]) - pads[1][0],
          c,
        ]);
      });
      const crops = [[...pads[0]], [...pads[1]]];
      return [
        [`spaceToBatchND ${label(block)}`, () => tf.spaceToBatchND(tensorOf(x), [...block], crops), y],
        [`batchToSpaceND ${label(block)}`, () => tf.batchToSpaceND(tensorOf(y), [...block], crops), x],
        [
          `spaceToBatchND ${label(block)} of int32`,
          () => tf.spaceToBatchND(tensorOf({ ...x, values: x.values.map((_, i) => i) }, 'int32'), [...block], crops),
          {
            ...ndArray(y.shape, () => 0),
            values: y.values.map((value) => (value === 0 ? 0 : x.values.indexOf(value))),
          } as Wanted,
        ],
      ];
    }),
    ...[1, 2].map((stride): ForwardCase => {
      const [x, filter] = [wave([2, 4, 5, 2], 1), wave([2, 2, 2], 2)];
      const size = [Math.ceil(4 / stride), Math.ceil(5 / stride)];
      const before = [0, 1].map((i) =>
        Math.floor(Math.max(0, ((size[i] ?? 1) - 1) * stride + 2 - (x.shape[i + 1] ?? 1)) / 2),
      );
      const y = ndArray([2, ...size, 2], ([n = 0, i = 0, j = 0, c = 0]) =>
        Math.max(
          ...indices([2, 2]).flatMap(([u = 0, v = 0]) => {
            const [row, column] = [i * stride + u - (before[0] ?? 0), j * stride + v - (before[1] ?? 0)];
            return row >= 0 && row < 4 && column >= 0 && column < 5
              ? [at(x, [n, row, column, c]) + at(filter, [u, v, c])]
              : [];
          }),
        ),
      );
      return [
        `dilation2d with stride ${stride}`,
        () => tf.dilation2d(tensorOf<tf.Rank.R4>(x), tensorOf<tf.Rank.R3>(filter), stride, 'same'),
        y,
      ];
    }),
    [
      'nonMaxSuppression',
      () =>
        tf.image.nonMaxSuppression(
          tf.tensor2d([
            [0, 0, 1, 1],
            [0, 0.1, 1, 1.1],
            [0, 0, 2, 2],
            [5, 5, 6, 6],
          ]),
          tf.tensor1d([0.9, 0.95, 0.1, 0.5]),
          3,
          0.5,
          0.2,
        ),
      wanted([1, 3], 'int32'),
    ],
    ['sums of images of no size', () => tf.sum(tf.zeros([sizeOf([0]), 2])), wanted([0], 'float32', [])],
  ]);
});
