import type { GradConfig } from '@tensorflow/tfjs-core';

import { BackendError } from '../errors/errors.ts';

/** The gradients of tfjs in the order in which each copy of it registers them, all in one loop (tfjs-core/dist/register_all_gradients, 4.22). */
const TFJS_ORDER: readonly string[] = [
  ...['Abs', 'Acos', 'Acosh', 'Add', 'AddN', 'ArgMax', 'ArgMin', 'Asin', 'Asinh', 'Atan2', 'Atan', 'Atanh'],
  ...['AvgPool3D', 'AvgPool', 'BatchMatMul', 'BatchToSpaceND', 'BroadcastTo', 'Cast', 'Ceil', 'ClipByValue'],
  ...['ComplexAbs', 'Concat', 'Conv2DBackpropInput', 'Conv2D', 'Conv3D', 'Cos', 'Cosh', 'Cumsum'],
  ...['DepthwiseConv2dNative', 'Dilation2D', 'RealDiv', 'Elu', 'Erf', 'Exp', 'ExpandDims', 'Expm1', 'FloorDiv'],
  ...['Floor', 'FusedBatchNorm', 'GatherV2', 'GreaterEqual', 'Identity', 'IsFinite', 'IsInf', 'IsNan', 'LeakyRelu'],
  ...['Log1p', 'Log', 'LogSoftmax', 'LRN', 'Max', 'Maximum', 'MaxPool3D', 'MaxPool', 'Mean', 'Min', 'Minimum'],
  ...['MirrorPad', 'Mod', 'Multiply', 'Neg', 'OneHot', 'OnesLike', 'Pack', 'PadV2', 'Pow', 'Prelu', 'Prod'],
  ...['Reciprocal', 'Relu6', 'Relu', 'Reshape', 'ResizeBilinear', 'ResizeNearestNeighbor', 'Reverse', 'Round'],
  ...['Rsqrt', 'Select', 'Selu', 'Sigmoid', 'Sign', 'Sin', 'Sinh', 'Slice', 'Softmax', 'Softplus'],
  ...['SpaceToBatchND', 'SplitV', 'Sqrt', 'SquaredDifference', 'Square', 'Step', 'Sub', 'Sum', 'Tan', 'Tanh'],
  ...['Tile', 'Transpose', 'Unpack', 'UnsortedSegmentSum', 'ZerosLike'],
];

/** Fewer than this share of tfjs's gradients in its order are someone's own; a later tfjs may have dropped some. */
const SHARE = 0.9;

type Registry = Map<string, GradConfig>;

/** tfjs keeps one registry of gradients for all of its copies, under this name of its global map. */
function gradientRegistry(): Registry {
  const places = [globalThis, (globalThis as { window?: unknown }).window] as (
    | { _tfGlobals?: Map<string, unknown> }
    | undefined
  )[];
  const found = places
    .map((place) => place?._tfGlobals?.get('gradRegistry'))
    .find((registry) => registry instanceof Map);
  if (found) return found as Registry;
  throw new BackendError(
    '[@st/core] gradients: the registry of gradients was expected where @tensorflow/tfjs-core 4.22 has it, and is not there. Install @tensorflow/tfjs-core 4.22.',
  );
}

/**
 * Keeps the gradients that are registered now when a copy of tfjs registers all of its own over them: `@tensorflow/tfjs-layers` does so when it is
 * imported, statically or later, and in Node it brings a copy of tfjs-core within itself, which no module of ours can see.
 *
 * The one thing that all copies share is the map of gradients. Its `set` is watched here: where the names come one after the other in tfjs's own
 * order, from the first to the last, it was such a copy, and each name gets back what it had before. Whoever registers single gradients, as
 * `tf.registerGradient` is meant for, is heard as ever, before such an import and after.
 */
export function keepRegistered(): void {
  const registry = gradientRegistry();
  const set = registry.set.bind(registry);
  let last = -1;
  let replaced = new Map<string, GradConfig | undefined>();
  registry.set = (name, config) => {
    const place = TFJS_ORDER.indexOf(name);
    if (place === 0 || place < last) replaced = new Map();
    if (place >= 0 && !replaced.has(name)) replaced.set(name, registry.get(name));
    if (place >= 0) last = place;
    set(name, config);
    if (place === TFJS_ORDER.length - 1 && replaced.size >= SHARE * TFJS_ORDER.length) {
      for (const [kept, before] of replaced) if (before) set(kept, before);
      replaced = new Map();
      last = -1;
    }
    return registry;
  };
}
