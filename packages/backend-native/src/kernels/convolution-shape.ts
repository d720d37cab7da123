import { backend_util, util } from '@tensorflow/tfjs-core';

/** The attributes that all convolutions share. */
export type ConvolutionAttrs = {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: [number, number] | number | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

type Rank4 = [number, number, number, number];

/** What tfjs makes of shapes and attributes. */
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

/** The sizes that the native module takes, as native/kernels.h orders them. */
export function convolutionShape(info: backend_util.Conv2DInfo): Int32Array {
  return Int32Array.of(
    ...[info.batchSize, info.inHeight, info.inWidth, info.inChannels],
    ...[info.outHeight, info.outWidth, info.outChannels],
    ...[info.filterHeight, info.filterWidth, info.strideHeight, info.strideWidth],
    ...[info.dilationHeight, info.dilationWidth, info.padInfo.top, info.padInfo.left],
  );
}

/** Whether there is anything to compute; the native kernels take no empty tensors. */
export function isEmpty(info: backend_util.Conv2DInfo): boolean {
  return [info.inShape, info.outShape, info.filterShape].some((shape) => util.sizeFromShape(shape) === 0);
}
