import {
  getKernel,
  getKernelsForBackend,
  type KernelConfig,
  type NamedTensorInfoMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

import { applyMend, type Memory, type Mend, typedCall } from './mend.ts';
import { broadcastBatches } from './mends/broadcast-batches.ts';
import { channelsFirst, channelsFirstFilter } from './mends/channels-first.ts';
import { complexRanks } from './mends/complex-ranks.ts';
import { realAngle, realQuotient, realValues, wholeNumbers } from './mends/dtypes.ts';
import { einsum } from './mends/einsum.ts';
import { emptyChoice } from './mends/empty-choice.ts';
import { emptyReduction } from './mends/empty-reductions.ts';
import { explicitPads } from './mends/explicit-pads.ts';
import { everyImage, nearestGradient } from './mends/images.ts';
import { finiteShift } from './mends/log-sum-exp.ts';
import { positiveAxis } from './mends/positive-axis.ts';
import { linSpace, range } from './mends/progressions.ts';
import { topOfAny, withoutNaN } from './mends/ranks.ts';
import { sameVolume, sameVolumeInputGradient, sameVolumePoolGradient } from './mends/same-volumes.ts';
import { segmentSum } from './mends/segments.ts';
import { sign } from './mends/sign.ts';
import { stridedSlice } from './mends/strided-slice.ts';

/** Functions of one tensor whose values are real numbers and whose ops take integers. */
const REAL_VALUED: readonly string[] = [
  ...[
    'Acos',
    'Acosh',
    'Asin',
    'Asinh',
    'Atan',
    'Atanh',
    'Erf',
    'Expm1',
    'LeakyRelu',
    'Log1p',
    'Reciprocal',
    'Selu',
    'Sinh',
  ],
  ...['Softplus'],
];

const REDUCTIONS: readonly string[] = ['Sum', 'Prod', 'Mean', 'Max', 'Min', 'All', 'Any'];

/** What is wrong in tfjs 4.22, kernel by kernel; the first mend of a kernel is the outermost. */
const MENDS: Readonly<Record<string, readonly Mend[]>> = {
  Conv2D: [explicitPads],
  Conv2DBackpropInput: [explicitPads],
  Conv2DBackpropFilter: [explicitPads],
  FusedConv2D: [explicitPads],
  DepthwiseConv2dNative: [channelsFirst, explicitPads],
  DepthwiseConv2dNativeBackpropInput: [channelsFirst, explicitPads],
  DepthwiseConv2dNativeBackpropFilter: [channelsFirstFilter, explicitPads],
  FusedDepthwiseConv2D: [channelsFirst, explicitPads],
  AvgPool: [explicitPads],
  AvgPoolGrad: [explicitPads],
  MaxPool: [explicitPads],
  MaxPoolGrad: [explicitPads],
  MaxPoolWithArgmax: [explicitPads],
  Conv3D: [sameVolume],
  Conv3DBackpropFilterV2: [sameVolume],
  Conv3DBackpropInputV2: [sameVolumeInputGradient],
  AvgPool3D: [sameVolume],
  AvgPool3DGrad: [sameVolumePoolGradient],
  MaxPool3D: [sameVolume],
  MaxPool3DGrad: [sameVolumePoolGradient],
  DepthToSpace: [channelsFirst],
  Cumsum: [positiveAxis],
  Cumprod: [positiveAxis],
  Range: [range],
  LinSpace: [linSpace],
  Add: [complexRanks, wholeNumbers],
  Sub: [complexRanks, wholeNumbers],
  Atan2: [realAngle],
  Select: [emptyChoice],
  Multiply: [complexRanks],
  Einsum: [einsum],
  StridedSlice: [stridedSlice],
  TopK: [topOfAny],
  UnsortedSegmentSum: [segmentSum],
  FloorDiv: [realQuotient],
  ...Object.fromEntries(REDUCTIONS.map((name) => [name, [emptyReduction(name)]])),
  Max: [emptyReduction('Max'), finiteShift],
  ...Object.fromEntries(REAL_VALUED.map((name) => [name, [realValues]])),
};

/** Those of values that a back end's own kernel may have right. */
const VALUES: Readonly<Record<string, Mend>> = {
  ArgMax: withoutNaN(Number.NEGATIVE_INFINITY),
  ArgMin: withoutNaN(Number.POSITIVE_INFINITY),
  Sign: sign,
  ResizeNearestNeighborGrad: nearestGradient,
  Transform: everyImage,
  BatchMatMul: broadcastBatches,
  _FusedMatMul: broadcastBatches,
};

/** Those of kernels that take NHWC alone, on `wasm`. */
const CHANNELS_FIRST: Readonly<Record<string, Mend>> = {
  Conv2D: channelsFirst,
  Conv2DBackpropInput: channelsFirst,
  Conv2DBackpropFilter: channelsFirstFilter,
  FusedConv2D: channelsFirst,
};

/** Settings of `mendKernels`. */
export type MendOptions = {
  /** Kernels that the back end has of its own, with right values: of those named in `VALUES`. */
  readonly right?: readonly string[];
  /** Whether the back end's plain convolutions take NHWC alone. Default false. */
  readonly channelsLastOnly?: boolean;
};

const mended = new Set<string>();

/**
 * Wraps the kernels of a back end that give wrong values in tfjs 4.22, so that they give right ones: pads given as a number to windows that are not
 * square, volumes padded 'same' under strides above the filter, NCHW where the kernel reads NHWC, reductions of nothing, negative axes, NaN, products
 * of matrices whose batches broadcast, integers given to functions with real values, sums of steps. Which call is mended is decided from shapes,
 * dtypes and attributes, for a few from values; all others cost one comparison. A second call for the same back end changes nothing.
 * @param backendName - A back end whose kernels are registered; nothing is done where they are not yet.
 * @throws {RangeError} for an argument of another kind.
 */
export function mendKernels(backendName: string, options: MendOptions = {}): void {
  checkArguments(backendName, options);
  const { right = [], channelsLastOnly = false } = options;
  if (mended.has(backendName) || getKernelsForBackend(backendName).length === 0) return;
  mended.add(backendName);
  for (const [name, mend] of Object.entries(VALUES)) if (!right.includes(name)) wrapKernel(name, backendName, mend);
  for (const [name, mends] of Object.entries(MENDS)) {
    for (const mend of [...mends].reverse()) wrapKernel(name, backendName, mend);
  }
  if (!channelsLastOnly) return;
  for (const [name, mend] of Object.entries(CHANNELS_FIRST)) wrapKernel(name, backendName, mend);
}

function checkArguments(backendName: unknown, options: unknown): void {
  if (typeof backendName !== 'string') refuse("backendName must be a text. Write mendKernels('cpu')");
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    refuse('options must be an object, { right, channelsLastOnly }');
  }
  const { right, channelsLastOnly } = options as Readonly<Record<string, unknown>>;
  const areNames = Array.isArray(right) && right.every((name) => typeof name === 'string');
  if (right !== undefined && !areNames) refuse("right must be a list of kernels' names: ['Transform']");
  if (channelsLastOnly !== undefined && typeof channelsLastOnly !== 'boolean') {
    refuse('channelsLastOnly must be true or false');
  }
}

function refuse(what: string): never {
  throw new RangeError(`[@st/kernels] mendKernels: ${what}.`);
}

/** Sums and products are called so often that a mend's set-up (3 us) counts: those of float32, which need none, go straight to the kernel. */
const STRAIGHT: readonly string[] = ['Add', 'Sub', 'Multiply'];

function wrapKernel(kernelName: string, backendName: string, mend: Mend): void {
  // Typed as if every kernel were there.
  const kernel: KernelConfig | undefined = getKernel(kernelName, backendName);
  if (kernel === undefined) return;
  unregisterKernel(kernelName, backendName);
  const goesStraight = STRAIGHT.includes(kernelName);
  registerKernel({
    ...kernel,
    kernelFunc: (args) => {
      const { inputs, attrs = {}, backend } = args;
      if (goesStraight && isFloat(inputs.a) && isFloat(inputs.b)) return kernel.kernelFunc(args);
      return applyMend(mend, { inputs, attrs, backend: backend as Memory }, backendName, (ins, settings) =>
        kernel.kernelFunc({ ...typedCall(ins, settings), backend }),
      );
    },
  });
}

function isFloat(input: NamedTensorInfoMap[string]): boolean {
  return (input as TensorInfo).dtype === 'float32';
}
