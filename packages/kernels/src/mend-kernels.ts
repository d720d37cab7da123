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
import { boolsAsIntegers, floatFloorDiv, realAngle, realValues } from './mends/dtypes.ts';
import { einsum } from './mends/einsum.ts';
import { emptyReduction } from './mends/empty-reductions.ts';
import { emptySelect } from './mends/empty-select.ts';
import { explicitPads } from './mends/explicit-pads.ts';
import { nearestGradient, transformEachImage } from './mends/images.ts';
import { finiteShift } from './mends/log-sum-exp.ts';
import { positiveAxis } from './mends/positive-axis.ts';
import { linSpace, range } from './mends/progressions.ts';
import { topKOfNonFinite, withoutNaN } from './mends/ranks.ts';
import { sameVolume, sameVolumeInputGradient, sameVolumePoolGradient } from './mends/same-volumes.ts';
import { segmentSum } from './mends/segments.ts';
import { sign } from './mends/sign.ts';
import { stridedSlice } from './mends/strided-slice.ts';

/** Functions of one tensor with real values whose ops accept integers. */
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

/** The mends of each kernel of tfjs 4.22; the first of a list is the outermost. */
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
  Add: [complexRanks, boolsAsIntegers],
  Sub: [complexRanks, boolsAsIntegers],
  Atan2: [realAngle],
  Select: [emptySelect],
  Multiply: [complexRanks],
  Einsum: [einsum],
  StridedSlice: [stridedSlice],
  TopK: [topKOfNonFinite],
  UnsortedSegmentSum: [segmentSum],
  FloorDiv: [floatFloorDiv],
  ...Object.fromEntries(REDUCTIONS.map((name) => [name, [emptyReduction(name)]])),
  Max: [emptyReduction('Max'), finiteShift],
  ...Object.fromEntries(REAL_VALUED.map((name) => [name, [realValues]])),
};

/** Mends of kernels that some back ends compute correctly themselves. */
const OPTIONAL_MENDS: Readonly<Record<string, Mend>> = {
  ArgMax: withoutNaN(Number.NEGATIVE_INFINITY),
  ArgMin: withoutNaN(Number.POSITIVE_INFINITY),
  Sign: sign,
  ResizeNearestNeighborGrad: nearestGradient,
  Transform: transformEachImage,
  BatchMatMul: broadcastBatches,
  _FusedMatMul: broadcastBatches,
};

/** Mends of kernels that support only NHWC, on `wasm`. */
const CHANNELS_FIRST: Readonly<Record<string, Mend>> = {
  Conv2D: channelsFirst,
  Conv2DBackpropInput: channelsFirst,
  Conv2DBackpropFilter: channelsFirstFilter,
  FusedConv2D: channelsFirst,
};

/** Settings of `mendKernels`. */
export type MendOptions = {
  /** Kernels among `OPTIONAL_MENDS` that the back end computes correctly itself; they are not wrapped. */
  readonly right?: readonly string[];
  /** Whether the back end's (not depthwise) 2-D convolutions support only NHWC. Default false. */
  readonly channelsLastOnly?: boolean;
};

const mended = new Set<string>();

/**
 * Wraps the kernels of a back end that give wrong values in tfjs 4.22: numeric padding with non-square windows, 'same' padding of volumes with
 * strides larger than the filter, NCHW in kernels that read NHWC, empty reductions, negative axes, NaN, matrix products with broadcast batches, integers
 * in real-valued functions, accumulated steps of ranges. A wrapper decides from shapes, dtypes and attributes, in a few kernels from values,
 * whether to correct a call; other calls cost one comparison. A second call for the same back end changes nothing.
 * @param backendName - The back end. If its kernels are not registered yet, the call does nothing and can be repeated later.
 * @throws {RangeError} for an argument of the wrong kind.
 */
export function mendKernels(backendName: string, options: MendOptions = {}): void {
  checkArguments(backendName, options);
  const { right = [], channelsLastOnly = false } = options;
  if (mended.has(backendName) || getKernelsForBackend(backendName).length === 0) return;
  mended.add(backendName);
  for (const [name, mend] of Object.entries(OPTIONAL_MENDS))
    if (!right.includes(name)) wrapKernel(name, backendName, mend);
  for (const [name, mends] of Object.entries(MENDS)) {
    for (const mend of [...mends].reverse()) wrapKernel(name, backendName, mend);
  }
  if (!channelsLastOnly) return;
  for (const [name, mend] of Object.entries(CHANNELS_FIRST)) wrapKernel(name, backendName, mend);
}

function checkArguments(backendName: unknown, options: unknown): void {
  if (typeof backendName !== 'string') refuse("backendName must be a string. Write mendKernels('cpu')");
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    refuse('options must be an object, { right, channelsLastOnly }');
  }
  const { right, channelsLastOnly } = options as Readonly<Record<string, unknown>>;
  const areNames = Array.isArray(right) && right.every((name) => typeof name === 'string');
  if (right !== undefined && !areNames) refuse("right must be a list of kernel names, e.g. ['Transform']");
  if (channelsLastOnly !== undefined && typeof channelsLastOnly !== 'boolean') {
    refuse('channelsLastOnly must be true or false');
  }
}

function refuse(what: string): never {
  throw new RangeError(`[@st/kernels] mendKernels: ${what}.`);
}

/** Kernels called so often that the set-up of a mend (3 us) matters. float32 calls need no mend and go directly to the kernel. */
const DIRECT_FOR_FLOAT: readonly string[] = ['Add', 'Sub', 'Multiply'];

function wrapKernel(kernelName: string, backendName: string, mend: Mend): void {
  // the type of `getKernel` lacks undefined
  const kernel: KernelConfig | undefined = getKernel(kernelName, backendName);
  if (kernel === undefined) return;
  unregisterKernel(kernelName, backendName);
  const isDirectForFloat = DIRECT_FOR_FLOAT.includes(kernelName);
  registerKernel({
    ...kernel,
    kernelFunc: (args) => {
      const { inputs, attrs = {}, backend } = args;
      if (isDirectForFloat && isFloat(inputs.a) && isFloat(inputs.b)) return kernel.kernelFunc(args);
      return applyMend(mend, { inputs, attrs, backend: backend as Memory }, backendName, (ins, settings) =>
        kernel.kernelFunc({ ...typedCall(ins, settings), backend }),
      );
    },
  });
}

function isFloat(input: NamedTensorInfoMap[string]): boolean {
  return (input as TensorInfo).dtype === 'float32';
}
