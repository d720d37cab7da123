import type { GradConfig } from '@tensorflow/tfjs-core';

import { BackendError } from '../errors/errors.ts';

/** The gradients of tfjs in the order in which each copy of it registers them in one loop (tfjs-core/dist/register_all_gradients, 4.22). */
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

/**
 * A run of registrations in tfjs's order counts as a copy of tfjs if it holds at least this share of the names; with fewer, the user registered them.
 * Not 1, because a later tfjs may drop some.
 */
const SHARE = 0.9;

type Registry = Map<string, GradConfig>;

/** The registry of gradients that all copies of tfjs share, in tfjs's global map. */
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
    '[@st/core] gradients: the registry of gradients of @tensorflow/tfjs-core was not found in the place that version 4.22 uses. Install @tensorflow/tfjs-core 4.22.',
  );
}

/**
 * Keeps the gradients registered so far when another copy of tfjs registers its own over them. Importing `@tensorflow/tfjs-layers` does that, statically
 * or dynamically; in Node it bundles a copy of tfjs-core that our modules cannot reach.
 *
 * All copies share the map of gradients, so this wraps its `set`. If names arrive in tfjs's own order, from the first to the last, a copy of tfjs was
 * loading, and each name gets its previous gradient back. A gradient that a user registers with `tf.registerGradient`, before or after such an import,
 * takes effect as usual.
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
