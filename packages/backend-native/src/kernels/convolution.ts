import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { CONVOLUTION_ALGORITHM } from '../addon.ts';
import { convolutionAlgorithm } from '../convolution-algorithm.ts';
import { type ConvolutionCall, convolve, DeferredConvolution, type PostOps } from '../deferred-convolution.ts';
import type { NativeBackend } from '../native-backend.ts';
import { activated, type FusedActivation, isFusable } from './activation.ts';
import {
  type ConvolutionAttrs,
  ConvolutionShape,
  convolutionFits,
  convolutionInfo,
  isEmpty,
} from './convolution-shape.ts';
import { permuted } from './move.ts';
import { kernel, type NativeKernel } from './native-kernel.ts';

const TO_NHWC = [0, 2, 3, 1];
const TO_NCHW = [0, 3, 1, 2];

const algorithmNumber = (): number => CONVOLUTION_ALGORITHM[convolutionAlgorithm()];

const zeros = (backend: NativeBackend, shape: number[]): TensorInfo =>
  backend.run('Fill', {}, { shape, value: 0, dtype: 'float32' });

/**
 * dy in the size of the convolution's output. conv2dTranspose may be given a larger one, of which `cpu` reads the first pixels.
 */
function fitting(backend: NativeBackend, dy: TensorInfo, outShape: number[]): TensorInfo {
  if (util.arraysEqual(dy.shape, outShape)) return backend.reshaped(dy, outShape);
  return backend.run('Slice', { x: dy }, { begin: [0, 0, 0, 0], size: outShape });
}

/** True if the native kernels do not accept this convolution; empty ones need no kernel. */
function exceedsLimits(inShape: readonly number[], filterShape: readonly number[], attrs: ConvolutionAttrs): boolean {
  const info = convolutionInfo(inShape, filterShape, attrs);
  return !convolutionFits(info) && !isEmpty(info);
}

/** Runs `body` on NHWC copies of its inputs and returns its result in the original layout. */
function inNhwc(
  backend: NativeBackend,
  attrs: ConvolutionAttrs,
  images: readonly TensorInfo[],
  resultIsImage: boolean,
  body: (images: readonly TensorInfo[], attrs: ConvolutionAttrs) => TensorInfo,
): TensorInfo {
  if (attrs.dataFormat !== 'NCHW') return body(images, attrs);
  const moved = images.map((image) => permuted(backend, image, TO_NHWC));
  const { pad } = attrs;
  // Explicit pads are listed in the order of the layout's axes.
  const nhwcPad = Array.isArray(pad) && pad.length === 4 ? ([pad[0], pad[2], pad[3], pad[1]] as typeof pad) : pad;
  const result = body(moved, { ...attrs, pad: nhwcPad, dataFormat: 'NHWC' });
  for (const image of moved) backend.disposeIntermediateTensorInfo(image);
  if (!resultIsImage) return result;
  const back = permuted(backend, result, TO_NCHW);
  backend.disposeIntermediateTensorInfo(result);
  return back;
}

/** The result of a pass: deferred if it has no post-ops yet, otherwise computed now. */
function deferOrRun(backend: NativeBackend, call: ConvolutionCall, shape: number[], postOps?: PostOps): TensorInfo {
  const deferred = postOps ? undefined : DeferredConvolution.of(backend, call);
  if (deferred) return backend.deferred(shape, deferred);
  const out = backend.output(shape);
  convolve(backend, call, postOps ?? {}, out.values);
  return out.info;
}

function forward(
  backend: NativeBackend,
  x: TensorInfo,
  filter: TensorInfo,
  attrs: ConvolutionAttrs,
  postOps?: PostOps,
): TensorInfo {
  const info = convolutionInfo(x.shape, filter.shape, attrs);
  if (isEmpty(info)) return zeros(backend, info.outShape);
  const shape = new ConvolutionShape(info);
  const packed = backend.filters.packed('forward', shape, filter.dataId, backend.floats(filter));
  const call = { pass: 'forward', algorithm: algorithmNumber(), shape, source: backend.floats(x), packed } as const;
  return deferOrRun(backend, call, info.outShape, postOps);
}

const conv2d = kernel<{ readonly x: TensorInfo; readonly filter: TensorInfo }, ConvolutionAttrs>(
  'Conv2D',
  ({ inputs: { x, filter }, attrs, backend }, inherited) =>
    exceedsLimits(x.shape, filter.shape, attrs)
      ? inherited()
      : inNhwc(backend, attrs, [x], true, ([image = x], nhwc) => forward(backend, image, filter, nhwc)),
);

const inputGradient = kernel<
  { readonly dy: TensorInfo; readonly filter: TensorInfo },
  ConvolutionAttrs & { readonly inputShape: number[] }
>('Conv2DBackpropInput', ({ inputs: { dy, filter }, attrs, backend }, inherited) => {
  if (exceedsLimits(attrs.inputShape, filter.shape, attrs)) return inherited();
  return inNhwc(backend, attrs, [dy], true, ([gradient = dy], nhwc) => {
    const [n = 0, a = 0, b = 0, c = 0] = attrs.inputShape;
    const info = convolutionInfo(attrs.dataFormat === 'NCHW' ? [n, b, c, a] : [n, a, b, c], filter.shape, nhwc);
    if (isEmpty(info)) return zeros(backend, info.inShape);
    const shape = new ConvolutionShape(info);
    const packed = backend.filters.packed('inputGradient', shape, filter.dataId, backend.floats(filter));
    const fitted = fitting(backend, gradient, info.outShape);
    const [algorithm, source] = [algorithmNumber(), backend.floats(fitted)];
    const dx = deferOrRun(backend, { pass: 'inputGradient', algorithm, shape, source, packed }, info.inShape);
    backend.disposeIntermediateTensorInfo(fitted);
    return dx;
  });
});

const filterGradient = kernel<
  { readonly x: TensorInfo; readonly dy: TensorInfo },
  ConvolutionAttrs & { readonly filterShape: number[] }
>('Conv2DBackpropFilter', ({ inputs: { x, dy }, attrs, backend }, inherited) => {
  if (exceedsLimits(x.shape, attrs.filterShape, attrs)) return inherited();
  return inNhwc(backend, attrs, [x, dy], false, ([image = x, gradient = dy], nhwc) => {
    const info = convolutionInfo(image.shape, attrs.filterShape, nhwc);
    if (isEmpty(info)) return zeros(backend, info.filterShape);
    const dfilter = backend.output(attrs.filterShape);
    const [images, gradients] = [backend.floats(image), backend.floats(gradient)];
    backend.addon.convFilterGradient(
      algorithmNumber(),
      new ConvolutionShape(info).sizes,
      images,
      gradients,
      dfilter.values,
    );
    return dfilter.info;
  });
});

type FusedInputs = {
  readonly x: TensorInfo;
  readonly filter: TensorInfo;
  readonly bias?: TensorInfo;
  readonly preluActivationWeights?: TensorInfo;
};

export type FusedConvolutionAttrs = ConvolutionAttrs & {
  readonly activation?: FusedActivation;
  readonly leakyreluAlpha?: number;
};

/** In NCHW a vector with one value per channel must broadcast along the second axis. */
function alongChannels(backend: NativeBackend, vector: TensorInfo, attrs: ConvolutionAttrs): TensorInfo {
  const isVector = vector.shape.length === 1 && vector.shape[0] !== 1;
  return backend.reshaped(
    vector,
    attrs.dataFormat === 'NCHW' && isVector ? [vector.shape[0] ?? 1, 1, 1] : vector.shape,
  );
}

const fused = kernel<FusedInputs, FusedConvolutionAttrs>('FusedConv2D', ({ inputs, attrs, backend }, inherited) => {
  const { x, filter, bias, preluActivationWeights: slopes } = inputs;
  if (exceedsLimits(x.shape, filter.shape, attrs)) return inherited();
  const { activation: requested, leakyreluAlpha } = attrs;
  const activation = requested ?? undefined;
  const biasFits = !bias || (bias.shape.length === 1 && bias.shape[0] === filter.shape[3]);
  if (attrs.dataFormat !== 'NCHW' && biasFits && isFusable(activation)) {
    return forward(backend, x, filter, attrs, { shift: bias && backend.floats(bias), relu: activation === 'relu' });
  }
  let y = inNhwc(backend, attrs, [x], true, ([image = x], nhwc) => forward(backend, image, filter, nhwc));
  if (bias) {
    const placed = alongChannels(backend, bias, attrs);
    const sum = backend.run('Add', { a: y, b: placed });
    backend.disposeIntermediateTensorInfo(y);
    backend.disposeIntermediateTensorInfo(placed);
    y = sum;
  }
  const placed = slopes && alongChannels(backend, slopes, attrs);
  const result = activated(backend, y, { activation, leakyreluAlpha, slopes: placed });
  if (placed) backend.disposeIntermediateTensorInfo(placed);
  return result;
});

/** Convolution, its gradients, and convolution with bias and activation. */
export const convolutionKernels: readonly NativeKernel[] = [conv2d, inputGradient, filterGradient, fused];
