import type { GradConfig, Tensor, Tensor5D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { axesOfWindow, undilated, type Window } from './convolution-geometry.ts';
import { gradient, run } from './gradient.ts';

type Rank5 = [number, number, number, number, number];
type Triple = [number, number, number];

type Backward = Window & { readonly inputShape: Rank5; readonly filterShape: Rank5 };

function conv3dGradients(dy: Tensor, x: Tensor, filter: Tensor, call: Window) {
  const dilations = (call.dilations ?? 1) as Triple;
  const axes = axesOfWindow(
    tf.backend_util.computeConv3DInfo(
      x.shape as Rank5,
      filter.shape as Rank5,
      call.strides as Triple,
      dilations,
      call.pad as 'same' | 'valid' | number,
    ),
  );
  if (axes.every(({ dilation }) => dilation === 1)) {
    const { strides, pad } = call;
    return {
      x: () => run('Conv3DBackpropInputV2', { dy, filter }, { strides, pad, inputShape: x.shape }),
      filter: () => run('Conv3DBackpropFilterV2', { x, dy }, { strides, pad, filterShape: filter.shape }),
    };
  }
  const { input, output, joined } = undilated(axes);
  const window = { strides: [1, 1, 1], pad: 'valid' };
  return {
    x: () =>
      joined(run('Conv3DBackpropInputV2', { dy: output(dy), filter }, { ...window, inputShape: input(x).shape })),
    filter: () =>
      run('Conv3DBackpropFilterV2', { x: input(x), dy: output(dy) }, { ...window, filterShape: filter.shape }),
  };
}

function convolved(x: Tensor, filter: Tensor, { strides, pad }: Window): Tensor {
  return tf.conv3d(x as Tensor5D, filter as Tensor5D, strides as Triple, pad as 'same' | 'valid');
}

/** Convolutions and transposed convolutions of volumes. */
export const convolution3dGradients: readonly GradConfig[] = [
  gradient<Window>('Conv3D', { inputs: ['x', 'filter'] }, (dy, [x, filter], attrs) => ({
    ...conv3dGradients(dy, x as Tensor, filter as Tensor, attrs),
  })),
  gradient<Backward>('Conv3DBackpropInputV2', { inputs: ['dy', 'filter'] }, (ddx, [dy, filter], attrs) => ({
    dy: () => convolved(ddx, filter as Tensor, attrs),
    filter: () => conv3dGradients(dy as Tensor, ddx, filter as Tensor, attrs).filter(),
  })),
  gradient<Backward>('Conv3DBackpropFilterV2', { inputs: ['x', 'dy'] }, (ddw, [x, dy], attrs) => ({
    x: () => conv3dGradients(dy as Tensor, x as Tensor, ddw, attrs).x(),
    dy: () => convolved(x as Tensor, ddw, attrs),
  })),
];
