import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type NamedAttrMap, type NamedTensorInfoMap, type TensorInfo, util } from '@tensorflow/tfjs-core';

import type { FiniteCheck } from './finite-check.ts';

/** A call of a kernel of `wasm`, with what tells whether values are finite. */
type WasmCall = {
  readonly inputs: NamedTensorInfoMap;
  readonly attrs: NamedAttrMap;
  readonly backend: BackendWasm;
  readonly isFinite: FiniteCheck;
};

/** Whether a kernel of `wasm` gives right values for a call whose dtypes it takes. */
export type RightCall = (call: WasmCall) => boolean;

const tensor = (call: WasmCall, name: string): TensorInfo | undefined => call.inputs[name] as TensorInfo | undefined;

/** Kernels that drop NaN: right where these inputs are finite, which float32 alone need not be. */
const whereFinite =
  (...names: string[]): RightCall =>
  (call) =>
    names.every((name) => {
      const x = tensor(call, name);
      return x === undefined || x.dtype !== 'float32' || call.isFinite(call.backend, x);
    });

type Pad = 'valid' | 'same' | number | backend_util.ExplicitPadding;

/** Whether XNNPACK, which rounds down, finds as many windows as tfjs does; there must be some. */
function roundsDown({ inputs, attrs }: WasmCall): boolean {
  const x = inputs.x as TensorInfo;
  if (x.shape.includes(0)) return false;
  const { dimRoundingMode: mode } = attrs;
  if (mode === undefined || mode === null || mode === 'floor') return true;
  const shape = x.shape as [number, number, number, number];
  const count = (rounding: 'floor' | 'round' | 'ceil'): number[] => {
    const [strides, pad] = [attrs.strides as number, attrs.pad as Pad];
    const filter = inputs.filter as TensorInfo | undefined;
    const { outHeight, outWidth } = filter
      ? backend_util.computeConv2DInfo(
          shape,
          filter.shape as typeof shape,
          strides,
          (attrs.dilations as number) ?? 1,
          pad,
          rounding,
        )
      : backend_util.computePool2DInfo(shape, attrs.filterSize as number, strides, 1, pad, rounding);
    return [outHeight, outWidth];
  };
  return util.arraysEqual(count(mode as 'round' | 'ceil'), count('floor'));
}

/** A filter of one tap a channel runs in an XNNPACK kernel that makes -Infinity of NaN. */
const hasTaps: RightCall = (call) => {
  const [height = 1, width = 1, inputs = 1, outputs = 1] = tensor(call, 'filter')?.shape ?? [];
  if (height * width > 1 || inputs * outputs === 0) return true;
  return whereFinite('x', 'filter')(call);
};

/** Slopes that repeat along the leading axes of x, in memory's order. */
const slopesRepeat: RightCall = (call) => {
  const [x, alpha] = [tensor(call, 'x')?.shape ?? [], tensor(call, 'alpha')?.shape ?? []];
  if (x.includes(0)) return false;
  const first = alpha.findIndex((length) => length !== 1);
  const own = first === -1 ? [] : alpha.slice(first);
  return alpha.length <= x.length && util.arraysEqual(own, own.length === 0 ? [] : x.slice(-own.length));
};

const all =
  (...conditions: readonly RightCall[]): RightCall =>
  (call) =>
    conditions.every((condition) => condition(call));

/** The calls that each kernel of `wasm` (tfjs 4.22) computes right; all where nothing is said. */
export const RIGHT_CALLS: Readonly<Record<string, RightCall>> = {
  Cast: ({ attrs }) => attrs.dtype !== 'complex64',
  AvgPool: roundsDown,
  MaxPool: all(roundsDown, whereFinite('x')),
  Conv2D: all(roundsDown, hasTaps),
  FusedConv2D: all(roundsDown, hasTaps),
  DepthwiseConv2dNative: all(roundsDown, hasTaps),
  FusedDepthwiseConv2D: all(roundsDown, hasTaps),
  ClipByValue: whereFinite('x'),
  Relu: whereFinite('x'), // NaN with its sign bit set, as the processor makes it, becomes 0
  Relu6: whereFinite('x'),
  Maximum: whereFinite('a', 'b'),
  Minimum: whereFinite('a', 'b'),
  Prelu: all(slopesRepeat, whereFinite('x', 'alpha')),
  ResizeBilinear: whereFinite('images'),
  GatherV2: ({ attrs }) => !attrs.batchDims, // reads outside of the indices
  OneHot: ({ attrs }) => attrs.dtype === 'int32',
  Fill: ({ attrs }) => attrs.dtype !== 'string' && typeof attrs.value !== 'string',
};

/** Kernels that give an infinity for NaN, known by their results. */
export const RIGHT_WHERE_RESULT_IS_FINITE: readonly string[] = ['AvgPool'];
