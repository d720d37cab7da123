import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { type Axis, axesOfWindow, infoFitting, padOf, type Window } from './convolution-geometry.ts';
import { gradient, run } from './gradient.ts';
import { maximumGradient, maximumPick } from './maximum-gradient.ts';

type Pool = Window & { readonly filterSize: number | number[] };

/** The window of a pooling of images or of volumes, with a padding that every kernel understands. */
function windowOf(dy: Tensor, x: Tensor, { filterSize, strides, pad, dimRoundingMode }: Pool) {
  const { computePool2DInfo, computePool3DInfo } = tf.backend_util;
  const info =
    x.rank === 4
      ? infoFitting(pad, dy.shape, (sides) =>
          computePool2DInfo(
            x.shape as [number, number, number, number],
            filterSize as [number, number],
            strides as [number, number],
            1,
            sides,
            dimRoundingMode,
          ),
        )
      : computePool3DInfo(
          x.shape as [number, number, number, number, number],
          filterSize as [number, number, number],
          strides as [number, number, number],
          1,
          pad as 'same' | 'valid' | number,
          dimRoundingMode,
        );
  const axes = axesOfWindow(info);
  const attrs = { filterSize, strides, pad: padOf(pad, dimRoundingMode, axes) };
  return { axes, attrs };
}

/** How many of a window's entries lie inside the input, for each output. */
function inside({ input, output, filter, stride, before }: Axis): number[] {
  return Array.from({ length: output }, (_, i) => {
    const begin = i * stride - before;
    return Math.max(1, Math.min(input, begin + filter) - Math.max(0, begin));
  });
}

/**
 * dy, scaled by window size / entries inside. An average divides by the entries inside the input; tfjs's kernels for its gradient divide by the
 * window's size, padding counted.
 */
function perEntryInside(dy: Tensor, axes: readonly Axis[]): Tensor {
  const counts = axes.map(inside);
  if (counts.every((row, i) => row.every((count) => count === axes[i]?.filter))) return dy;
  const factors = counts.map((row, i) => {
    const shape = [1, ...axes.map((_, axis) => (axis === i ? row.length : 1)), 1];
    return tf.tensor(
      row.map((count) => (axes[i]?.filter ?? 1) / count),
      shape,
    );
  });
  return factors.reduce((scaled, factor) => tf.mul(scaled, factor), dy);
}

function averageGradient(dy: Tensor, input: Tensor, call: Pool): Tensor {
  const { axes, attrs } = windowOf(dy, input, call);
  return run('AvgPoolGrad', { dy: perEntryInside(dy, axes), input }, attrs);
}

/** The sum of each window's entries over the window's size, padding counted: the transpose of `AvgPoolGrad`. */
function averagePick(ddx: Tensor, { axes, attrs }: ReturnType<typeof windowOf>): Tensor {
  const averages = run('AvgPool', { x: ddx }, attrs);
  return tf.div(averages, perEntryInside(tf.onesLike(averages), axes));
}

/** Volumes have no padding by side: where the kernel needs one, it gets a volume padded before. */
function averageGradient3d(dy: Tensor, input: Tensor, call: Pool): Tensor {
  const { axes, attrs } = windowOf(dy, input, call);
  const each = perEntryInside(dy, axes);
  if (!Array.isArray(attrs.pad)) return run('AvgPool3DGrad', { dy: each, input }, attrs);
  const around: [number, number][] = [
    [0, 0],
    ...axes.map((axis): [number, number] => [axis.before, axis.after]),
    [0, 0],
  ];
  const padded = run('AvgPool3DGrad', { dy: each, input: tf.pad(input, around) }, { ...attrs, pad: 'valid' });
  return tf.slice(
    padded,
    around.map(([before]) => before),
    input.shape,
  );
}

/** Average and maximum pooling of images and volumes. */
export const poolingGradients: readonly GradConfig[] = [
  gradient<Pool>('AvgPool', { inputs: ['x'] }, (dy, [x], call) => ({
    x: () => averageGradient(dy, x as Tensor, call),
  })),
  gradient<Pool>('AvgPool3D', { inputs: ['x'] }, (dy, [x], call) => ({
    x: () => averageGradient3d(dy, x as Tensor, call),
  })),
  gradient<Pool>('MaxPool', { inputs: ['x'], outputs: [0] }, (dy, [x, y], call) => ({
    x: () => run('MaxPoolGrad', { dy, input: x as Tensor, output: y as Tensor }, windowOf(dy, x as Tensor, call).attrs),
  })),
  // second gradients: both kernels are linear in dy
  gradient<Pool>('AvgPoolGrad', { inputs: ['dy', 'input'] }, (ddx, [dy, input], call) => ({
    dy: () => averagePick(ddx, windowOf(dy as Tensor, input as Tensor, call)),
    input: () => tf.zerosLike(ddx),
  })),
  gradient<Pool>('MaxPoolGrad', { inputs: ['input', 'output'] }, (ddx, [x, y], call) => ({
    dy: () => maximumPick(ddx, x as Tensor, y as Tensor, windowOf(y as Tensor, x as Tensor, call).axes),
    input: () => tf.zerosLike(ddx),
    output: () => tf.zerosLike(y as Tensor),
  })),
  // tfjs's kernel for it is wrong where windows overlap
  gradient<Pool>('MaxPool3D', { inputs: ['x'], outputs: [0] }, (dy, [x, y], call) => ({
    x: () => maximumGradient(dy, x as Tensor, y as Tensor, windowOf(dy, x as Tensor, call).axes),
  })),
];
