import type { TensorInfo } from '@tensorflow/tfjs-core';
import { UNARY } from '../addon.ts';
import type { NativeBackend } from '../native-backend.ts';
import { kernel, type NativeKernel } from './native-kernel.ts';

type Inputs = { readonly x: TensorInfo };

/** y = op(x), element-wise, float32. */
function applyUnary(backend: NativeBackend, op: keyof typeof UNARY, x: TensorInfo, first = 0, second = 0): TensorInfo {
  const values = backend.floats(x);
  const y = backend.output(x.shape);
  backend.addon.unary(UNARY[op], y.values.length, first, second, values, y.values);
  return y.info;
}

/** A kernel whose parameters come from its attributes; other dtypes than float32 run on `cpu`. */
function unary<Attrs>(
  name: keyof typeof UNARY,
  parameters: (attrs: Attrs) => readonly [first?: number, second?: number],
): NativeKernel {
  return kernel<Inputs, Attrs>(name, ({ inputs: { x }, attrs, backend }, inherited) =>
    x.dtype === 'float32' ? applyUnary(backend, name, x, ...parameters(attrs)) : inherited(),
  );
}

const none = (): readonly [] => [];

/** Element-wise functions of one tensor. */
export const unaryKernels: readonly NativeKernel[] = [
  unary('Abs', none),
  unary('Neg', none),
  unary('Square', none),
  unary('Sqrt', none),
  unary('Rsqrt', none),
  unary('Reciprocal', none),
  unary('Exp', none),
  unary('Expm1', none),
  unary('Log', none),
  unary('Log1p', none),
  unary('Sigmoid', none),
  unary('Tanh', none),
  unary('Softplus', none),
  unary('Relu', none),
  unary('Relu6', none),
  unary('Elu', none),
  unary('Sign', none),
  unary('Floor', none),
  unary('Ceil', none),
  unary('Round', none),
  unary('LeakyRelu', (attrs: { readonly alpha: number }) => [attrs.alpha]),
  unary('Step', (attrs: { readonly alpha: number }) => [attrs.alpha]),
  unary('ClipByValue', (attrs: { readonly clipValueMin: number; readonly clipValueMax: number }) => [
    attrs.clipValueMin,
    attrs.clipValueMax,
  ]),
];
