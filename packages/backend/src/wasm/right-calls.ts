import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type NamedAttrMap, type NamedTensorInfoMap, type TensorInfo, util } from '@tensorflow/tfjs-core';

import type { FiniteCheck } from './finite-check.ts';

/** A call of a kernel of `wasm`, with a check for finite values. */
type WasmCall = {
  readonly inputs: NamedTensorInfoMap;
  readonly attrs: NamedAttrMap;
  readonly backend: BackendWasm;
  readonly isFinite: FiniteCheck;
};

/** Whether a kernel of `wasm` gives correct values for a call with supported dtypes. */
export type RightCall = (call: WasmCall) => boolean;

const tensor = (call: WasmCall, name: string): TensorInfo | undefined => call.inputs[name] as TensorInfo | undefined;

/** For kernels that do not propagate NaN: correct if the named inputs are finite. Only float32 can be non-finite. */
const whereFinite =
  (...names: string[]): RightCall =>
  (call) =>
    names.every((name) => {
      const x = tensor(call, name);
      return x === undefined || x.dtype !== 'float32' || call.isFinite(call.backend, x);
    });

type Pad = 'valid' | 'same' | number | backend_util.ExplicitPadding;

/** Whether XNNPACK, which rounds the number of windows down, computes the same number as tfjs, for a non-empty image. */
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

/** For convolutions: a 1 x 1 filter runs in an XNNPACK kernel that turns NaN into -Infinity, so its inputs must be finite. */
const isLargeOrFinite: RightCall = (call) => {
  const [height = 1, width = 1, inputs = 1, outputs = 1] = tensor(call, 'filter')?.shape ?? [];
  if (height * width > 1 || inputs * outputs === 0) return true;
  return whereFinite('x', 'filter')(call);
};

/** For `Prelu`: the slopes broadcast along leading axes of x only, so that they repeat in memory order. */
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

/** The calls that each kernel of `wasm` (tfjs 4.22) computes correctly; all calls for kernels that are not listed. */
export const RIGHT_CALLS: Readonly<Record<string, RightCall>> = {
  Cast: ({ attrs }) => attrs.dtype !== 'complex64',
  AvgPool: roundsDown,
  MaxPool: all(roundsDown, whereFinite('x')),
  Conv2D: all(roundsDown, isLargeOrFinite),
  FusedConv2D: all(roundsDown, isLargeOrFinite),
  DepthwiseConv2dNative: all(roundsDown, isLargeOrFinite),
  FusedDepthwiseConv2D: all(roundsDown, isLargeOrFinite),
  ClipByValue: whereFinite('x'),
  Relu: whereFinite('x'), // NaN with its sign bit set, as processors generate it, becomes 0
  Relu6: whereFinite('x'),
  Maximum: whereFinite('a', 'b'),
  Minimum: whereFinite('a', 'b'),
  Prelu: all(slopesRepeat, whereFinite('x', 'alpha')),
  ResizeBilinear: whereFinite('images'),
  GatherV2: ({ attrs }) => !attrs.batchDims, // reads the indices out of bounds
  OneHot: ({ attrs }) => attrs.dtype === 'int32',
  Fill: ({ attrs }) => attrs.dtype !== 'string' && typeof attrs.value !== 'string',
};

/** Kernels that give infinity for NaN, so that a finite result is correct. */
export const RIGHT_WHERE_RESULT_IS_FINITE: readonly string[] = ['AvgPool'];
