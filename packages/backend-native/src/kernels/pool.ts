import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { windowsFit } from './convolution-shape.ts';
import { kernel, type NativeKernel } from './native-kernel.ts';

type Attrs = {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

type Rank4 = [number, number, number, number];

function infoOf(x: TensorInfo, { filterSize, strides, pad, dimRoundingMode }: Attrs): backend_util.Conv2DInfo {
  return backend_util.computePool2DInfo(x.shape as Rank4, filterSize, strides, 1, pad, dimRoundingMode);
}

/** The sizes for the native module, in the order of native/ops/pool.h. */
function shapeOf(info: backend_util.Conv2DInfo): Int32Array {
  return Int32Array.of(
    info.batchSize,
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.outHeight,
    info.outWidth,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
  );
}

const pool = (name: 'AvgPool' | 'MaxPool'): NativeKernel =>
  kernel<{ readonly x: TensorInfo }, Attrs>(name, ({ inputs: { x }, attrs, backend }, inherited) => {
    const info = infoOf(x, attrs);
    const isIdentity =
      info.filterHeight === 1 && info.filterWidth === 1 && util.arraysEqual(info.inShape, info.outShape);
    if (x.dtype !== 'float32' || isIdentity || !windowsFit(info)) return inherited();
    const y = backend.output(info.outShape);
    backend.addon.pool(name === 'MaxPool' ? 1 : 0, shapeOf(info), backend.floats(x), y.values);
    return y.info;
  });

/** Average and maximum pooling with their gradients. */
export const poolKernels: readonly NativeKernel[] = [
  pool('AvgPool'),
  pool('MaxPool'),
  kernel<{ readonly dy: TensorInfo; readonly input: TensorInfo }, Attrs>(
    'AvgPoolGrad',
    ({ inputs: { dy, input }, attrs, backend }, inherited) => {
      // tfjs does not pass the rounding mode to gradients of average pooling; it follows from the output's size.
      const { dimRoundingMode: _, ...rest } = attrs;
      const info = infoOf(input, rest);
      const fits = util.arraysEqual(info.outShape, dy.shape);
      if (dy.dtype !== 'float32' || !windowsFit(info) || !fits) return inherited();
      const dx = backend.output(input.shape);
      backend.addon.averagePoolGradient(shapeOf(info), backend.floats(dy), dx.values);
      return dx.info;
    },
  ),
  kernel<{ readonly dy: TensorInfo; readonly input: TensorInfo; readonly output: TensorInfo }, Attrs>(
    'MaxPoolGrad',
    ({ inputs: { dy, input }, attrs, backend }, inherited) => {
      const info = infoOf(input, attrs);
      if (dy.dtype !== 'float32' || input.dtype !== 'float32' || !windowsFit(info)) return inherited();
      const dx = backend.output(input.shape);
      backend.addon.maximumPoolGradient(shapeOf(info), backend.floats(dy), backend.floats(input), dx.values);
      return dx.info;
    },
  ),
];
