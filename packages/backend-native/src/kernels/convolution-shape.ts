import { backend_util, util } from '@tensorflow/tfjs-core';
import type { CONVOLUTION_PASS } from '../addon.ts';

/** The attributes that all convolutions share. */
export type ConvolutionAttrs = {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

// Limits of the native module, as in native/border/convolution-entries.cc; larger convolutions run on `cpu`.
const MOST_SIDE = 2 ** 28;
const MOST_STRIDE = 4095;
const MOST_RESIDUES = 2 ** 16;
const MOST_TAPS = 2 ** 16;
const MOST_TAP_CHANNELS = 2 ** 30;
const MOST_ROWS = 2 ** 31 - 1;
const MOST_ELEMENTS = 2 ** 38;

type Rank4 = [number, number, number, number];

/** The sizes that tfjs derives from shapes and attributes. */
export function convolutionInfo(
  inShape: readonly number[],
  filterShape: readonly number[],
  attrs: ConvolutionAttrs,
  depthwise = false,
): backend_util.Conv2DInfo {
  return backend_util.computeConv2DInfo(
    [...inShape] as Rank4,
    [...filterShape] as Rank4,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat(attrs.dataFormat ?? 'NHWC'),
  );
}

/** The sizes of a convolution, for the native module and by name. */
export class ConvolutionShape {
  /** In the order of `Conv2dShape` of native/conv/conv-shape.h. */
  readonly sizes: Int32Array;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly #inLength: number;
  readonly #outLength: number;

  constructor(info: backend_util.Conv2DInfo) {
    this.inChannels = info.inChannels;
    this.outChannels = info.outChannels;
    this.filterHeight = info.filterHeight;
    this.filterWidth = info.filterWidth;
    this.#inLength = info.batchSize * info.inHeight * info.inWidth * info.inChannels;
    this.#outLength = info.batchSize * info.outHeight * info.outWidth * info.outChannels;
    this.sizes = Int32Array.of(
      info.batchSize,
      info.inHeight,
      info.inWidth,
      info.inChannels,
      info.outHeight,
      info.outWidth,
      info.outChannels,
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

  /** Channels of the result: of y in the forward pass, of dx in the input gradient. */
  resultChannels(pass: keyof typeof CONVOLUTION_PASS): number {
    return pass === 'forward' ? this.outChannels : this.inChannels;
  }

  /** Elements of the result. */
  resultLength(pass: keyof typeof CONVOLUTION_PASS): number {
    return pass === 'forward' ? this.#outLength : this.#inLength;
  }
}

/** True if there is nothing to compute; the native kernels accept no empty tensors. */
export function isEmpty(info: backend_util.Conv2DInfo): boolean {
  return [info.inShape, info.outShape, info.filterShape].some((shape) => util.sizeFromShape(shape) === 0);
}

const isIn = (value: number, low: number, high: number): boolean =>
  Number.isInteger(value) && value >= low && value <= high;

/** True if images, windows, strides and pads of a convolution or a pooling are within the limits of the native module. */
export function windowsFit(info: backend_util.Conv2DInfo): boolean {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, padInfo } = info;
  const { filterHeight, filterWidth, strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const sizes = [batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, filterHeight, filterWidth];
  return (
    [...sizes, strideHeight, strideWidth, dilationHeight, dilationWidth].every((size) => isIn(size, 1, MOST_SIDE)) &&
    isIn(padInfo.top, 0, MOST_SIDE) &&
    isIn(padInfo.left, 0, MOST_SIDE) &&
    filterHeight * filterWidth <= MOST_SIDE &&
    batchSize * Math.max(inHeight, outHeight) <= MOST_ROWS &&
    batchSize * inHeight * inWidth * inChannels <= MOST_ELEMENTS &&
    batchSize * outHeight * outWidth * outChannels <= MOST_ELEMENTS
  );
}

/** True if a convolution is within the limits of the native module. */
export function convolutionFits(info: backend_util.Conv2DInfo): boolean {
  const { inChannels, outChannels, filterHeight, filterWidth, strideHeight, strideWidth } = info;
  const reachDown = (info.outHeight - 1) * strideHeight + (filterHeight - 1) * info.dilationHeight;
  const reachAcross = (info.outWidth - 1) * strideWidth + (filterWidth - 1) * info.dilationWidth;
  return (
    windowsFit(info) &&
    Math.max(reachDown, reachAcross) <= MOST_SIDE &&
    Math.max(strideHeight, strideWidth) <= MOST_STRIDE &&
    strideHeight * strideWidth <= MOST_RESIDUES &&
    filterHeight * filterWidth <= MOST_TAPS &&
    filterHeight * filterWidth * Math.max(inChannels, outChannels) <= MOST_TAP_CHANNELS
  );
}
