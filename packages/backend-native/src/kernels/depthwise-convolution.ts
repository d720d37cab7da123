import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import type { NativeBackend } from '../native-backend.ts';
import { activated, isFusable } from './activation.ts';
import type { FusedConvolutionAttrs } from './convolution.ts';
import {
  type ConvolutionAttrs,
  ConvolutionShape,
  convolutionFits,
  convolutionInfo,
  isEmpty,
} from './convolution-shape.ts';
import { kernel, type NativeKernel } from './native-kernel.ts';

type Inputs = { readonly x: TensorInfo; readonly filter: TensorInfo };

const zeros = (backend: NativeBackend, shape: number[]): TensorInfo =>
  backend.run('Fill', {}, { shape, value: 0, dtype: 'float32' });

/** True if the native kernels do not accept this convolution; empty ones need no kernel. */
const exceedsLimits = (info: backend_util.Conv2DInfo): boolean => !convolutionFits(info) && !isEmpty(info);

function forward(
  backend: NativeBackend,
  { x, filter }: Inputs,
  info: backend_util.Conv2DInfo,
  bias?: TensorInfo,
  relu = false,
): TensorInfo {
  if (isEmpty(info)) return zeros(backend, info.outShape);
  const y = backend.output(info.outShape);
  const [image, weights] = [backend.floats(x), backend.floats(filter)];
  const biasValues = bias && backend.floats(bias);
  backend.addon.depthwiseForward(relu ? 1 : 0, new ConvolutionShape(info).sizes, image, weights, biasValues, y.values);
  return y.info;
}

/** Depthwise convolution, its gradients, and the one with bias and activation; all NHWC, as in tfjs. */
export const depthwiseConvolutionKernels: readonly NativeKernel[] = [
  kernel<Inputs, ConvolutionAttrs>('DepthwiseConv2dNative', ({ inputs, attrs, backend }, inherited) => {
    const info = convolutionInfo(inputs.x.shape, inputs.filter.shape, attrs, true);
    return exceedsLimits(info) ? inherited() : forward(backend, inputs, info);
  }),
  kernel<
    { readonly dy: TensorInfo; readonly filter: TensorInfo },
    ConvolutionAttrs & { readonly inputShape: number[] }
  >('DepthwiseConv2dNativeBackpropInput', ({ inputs: { dy, filter }, attrs, backend }, inherited) => {
    const info = convolutionInfo(attrs.inputShape, filter.shape, attrs, true);
    if (exceedsLimits(info)) return inherited();
    if (isEmpty(info)) return zeros(backend, info.inShape);
    const dx = backend.output(info.inShape);
    const [gradient, weights] = [backend.floats(dy), backend.floats(filter)];
    backend.addon.depthwiseInputGradient(new ConvolutionShape(info).sizes, gradient, weights, dx.values);
    return dx.info;
  }),
  kernel<{ readonly x: TensorInfo; readonly dy: TensorInfo }, ConvolutionAttrs & { readonly filterShape: number[] }>(
    'DepthwiseConv2dNativeBackpropFilter',
    ({ inputs: { x, dy }, attrs, backend }, inherited) => {
      const info = convolutionInfo(x.shape, attrs.filterShape, attrs, true);
      if (exceedsLimits(info)) return inherited();
      if (isEmpty(info)) return zeros(backend, info.filterShape);
      const dfilter = backend.output(attrs.filterShape);
      const [image, gradient] = [backend.floats(x), backend.floats(dy)];
      backend.addon.depthwiseFilterGradient(new ConvolutionShape(info).sizes, image, gradient, dfilter.values);
      return dfilter.info;
    },
  ),
  kernel<Inputs & { readonly bias?: TensorInfo; readonly preluActivationWeights?: TensorInfo }, FusedConvolutionAttrs>(
    'FusedDepthwiseConv2D',
    ({ inputs, attrs, backend }, inherited) => {
      const { bias, preluActivationWeights: slopes, filter, x } = inputs;
      const info = convolutionInfo(x.shape, filter.shape, attrs, true);
      if (exceedsLimits(info)) return inherited();
      const activation = attrs.activation ?? undefined;
      const channels = (filter.shape[2] ?? 1) * (filter.shape[3] ?? 1);
      const biasFits = !bias || (bias.shape.length === 1 && bias.shape[0] === channels);
      const relu = activation === 'relu';
      if (biasFits && isFusable(activation)) return forward(backend, inputs, info, bias, relu);
      let y = forward(backend, inputs, info);
      if (bias) {
        const sum = backend.run('Add', { a: y, b: bias });
        backend.disposeIntermediateTensorInfo(y);
        y = sum;
      }
      return activated(backend, y, { activation, leakyreluAlpha: attrs.leakyreluAlpha, slopes });
    },
  ),
];
