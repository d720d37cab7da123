import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { type Axis, axesOfWindow, infoFitting, padOf, type Window } from './convolution-geometry.ts';
import { gradient, run } from './gradient.ts';
import { maximumGradient, maximumPick } from './maximum-gradient.ts';

type Pool = Window & { readonly filterSize: number | number[] };

/** The axes of a pooling of images or volumes, and attributes whose padding every kernel supports. */
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

/** For each output, the number of entries of its window that lie inside the input. */
function inside({ input, output, filter, stride, before }: Axis): number[] {
  return Array.from({ length: output }, (_, i) => {
    const begin = i * stride - before;
    return Math.max(1, Math.min(input, begin + filter) - Math.max(0, begin));
  });
}

/**
 * Scales dy by window size / entries inside. An average divides by the number of entries inside the input, but tfjs's gradient kernels divide by the
 * window size, padding included.
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

/** The transpose of `AvgPoolGrad`: the sum of each window's entries divided by the window size, padding included. */
function averagePick(ddx: Tensor, { axes, attrs }: ReturnType<typeof windowOf>): Tensor {
  const averages = run('AvgPool', { x: ddx }, attrs);
  return tf.div(averages, perEntryInside(tf.onesLike(averages), axes));
}

/** Kernels of volumes accept no padding per side; where one is needed, the volume is padded first. */
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
  // tfjs's gradient kernel is wrong where windows overlap
  gradient<Pool>('MaxPool3D', { inputs: ['x'], outputs: [0] }, (dy, [x, y], call) => ({
    x: () => maximumGradient(dy, x as Tensor, y as Tensor, windowOf(dy, x as Tensor, call).axes),
  })),
];
