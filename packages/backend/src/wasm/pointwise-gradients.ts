import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';

import { type RunKernel, viewed } from './compose-kernels.ts';

type ConvInfo = backend_util.Conv2DInfo;

/**
 * Whether a convolution is a matrix product at each position, or at the first position of each stride x stride block: a 1 x 1 filter, no
 * padding, and sizes that are multiples of the strides.
 */
export function isPointwise(info: ConvInfo): boolean {
  const { filterHeight, filterWidth, padInfo } = info;
  return (
    filterHeight === 1 &&
    filterWidth === 1 &&
    padInfo.top + padInfo.bottom + padInfo.left + padInfo.right === 0 &&
    info.inHeight === info.outHeight * info.strideHeight &&
    info.inWidth === info.outWidth * info.strideWidth
  );
}

/** `dw = x'^T dy` over the positions that the convolution reads. The caller owns the result [1, 1, C, K]. */
export function pointwiseBackpropFilter(run: RunKernel, x: TensorInfo, dy: TensorInfo, info: ConvInfo): TensorInfo {
  const { inChannels, outChannels } = info;
  const positions = countPositions(info);
  const read = isStrided(info)
    ? run('Slice', { x: viewed(x, blocks(info)) }, { begin: [0, 0, 0, 0], size: corners(info) })
    : x;
  const transposed = run('Transpose', { x: viewed(read, [positions, inChannels]) }, { perm: [1, 0] });
  const product = run(
    'BatchMatMul',
    { a: viewed(transposed, [1, inChannels, positions]), b: viewed(dy, [1, positions, outChannels]) },
    { transposeA: false, transposeB: false },
  );
  return run('Reshape', { x: product }, { shape: [1, 1, inChannels, outChannels] });
}

/** `dx' = dy w^T` at the positions that the convolution reads, zero at all others. The caller owns the result [N, H, W, C]. */
export function pointwiseBackpropInput(run: RunKernel, dy: TensorInfo, filter: TensorInfo, info: ConvInfo): TensorInfo {
  const { inChannels, outChannels } = info;
  const transposed = run('Transpose', { x: viewed(filter, [inChannels, outChannels]) }, { perm: [1, 0] });
  const product = run(
    'BatchMatMul',
    { a: viewed(dy, [1, countPositions(info), outChannels]), b: viewed(transposed, [1, outChannels, inChannels]) },
    { transposeA: false, transposeB: false },
  );
  if (!isStrided(info)) return run('Reshape', { x: product }, { shape: info.inShape });
  const paddings = [
    [0, 0],
    [0, info.strideHeight - 1],
    [0, 0],
    [0, (info.strideWidth - 1) * inChannels],
  ];
  const spread = run('PadV2', { x: viewed(product, corners(info)) }, { paddings, constantValue: 0 });
  return run('Reshape', { x: spread }, { shape: info.inShape });
}

function isStrided(info: ConvInfo): boolean {
  return info.strideHeight > 1 || info.strideWidth > 1;
}

function countPositions(info: ConvInfo): number {
  return info.batchSize * info.outHeight * info.outWidth;
}

/** [N, H, W, C] with separate axes for the stride x stride blocks; the convolution reads the first position of each block. */
function blocks(info: ConvInfo): number[] {
  return [info.batchSize * info.outHeight, info.strideHeight, info.outWidth, info.strideWidth * info.inChannels];
}

function corners(info: ConvInfo): number[] {
  return [info.batchSize * info.outHeight, 1, info.outWidth, info.inChannels];
}
