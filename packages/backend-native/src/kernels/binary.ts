import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import { BINARY, COMPARISON, LOGICAL } from '../addon.ts';
import type { NativeBackend } from '../native-backend.ts';
import { broadcastLayout } from './broadcast-layout.ts';
import { kernel, type NativeKernel } from './native-kernel.ts';

type Inputs = { readonly a: TensorInfo; readonly b: TensorInfo };

const areFloats = (a: TensorInfo, b: TensorInfo): boolean => a.dtype === 'float32' && b.dtype === 'float32';

/** y = op(a, b) with broadcasting, float32. */
function applyBinary(backend: NativeBackend, op: keyof typeof BINARY, a: TensorInfo, b: TensorInfo): TensorInfo {
  const { shape, native } = broadcastLayout(a.shape, b.shape);
  const y = backend.output(shape);
  backend.addon.binary(BINARY[op], native, backend.floats(a), backend.floats(b), y.values);
  return y.info;
}

/** The deferred values of `target` plus those of `addend`, fused into the computation of `target`. */
function fusedSum(backend: NativeBackend, target: TensorInfo, addend: TensorInfo): TensorInfo | undefined {
  if (!backend.deferredOf(target)) return undefined;
  const values = backend.floats(addend);
  const sum = backend.deferredOf(target)?.plus(values); // undefined by now if both are the same tensor
  return sum && backend.deferred(target.shape, sum);
}

/** y = a + b. If one operand is deferred, the addition is fused and costs no pass over memory. */
const add = kernel<Inputs>('Add', ({ inputs: { a, b }, backend }, inherited) => {
  if (!areFloats(a, b)) return inherited();
  const targetIsA = util.arraysEqual(a.shape, b.shape) && backend.deferredOf(b)?.fusesAddition !== true;
  const pairs = targetIsA ? ([a, b] as const) : ([b, a] as const);
  const sum = util.arraysEqual(a.shape, b.shape) ? fusedSum(backend, ...pairs) : undefined;
  return sum ?? applyBinary(backend, 'Add', a, b);
});

const arithmetic = (name: keyof typeof BINARY): NativeKernel =>
  kernel<Inputs>(name, ({ inputs: { a, b }, backend }, inherited) =>
    areFloats(a, b) ? applyBinary(backend, name, a, b) : inherited(),
  );

/** y = a op b with broadcasting, boolean; b has the given shape and values. */
export function compare(
  backend: NativeBackend,
  op: keyof typeof COMPARISON,
  a: TensorInfo,
  b: { readonly shape: number[]; readonly values: Float32Array },
): TensorInfo {
  const { shape, native } = broadcastLayout(a.shape, b.shape);
  const y = backend.outputBytes(shape);
  backend.addon.compare(COMPARISON[op], native, backend.floats(a), b.values, y.values);
  return y.info;
}

const comparison = (name: keyof typeof COMPARISON): NativeKernel =>
  kernel<Inputs>(name, ({ inputs: { a, b }, backend }, inherited) =>
    areFloats(a, b) ? compare(backend, name, a, { shape: b.shape, values: backend.floats(b) }) : inherited(),
  );

/** True where |x| op infinity. NaN is neither less than infinity nor equal to it. */
const comparedWithInfinity = (name: 'IsFinite' | 'IsInf', op: 'Less' | 'Equal'): NativeKernel =>
  kernel<{ readonly x: TensorInfo }>(name, ({ inputs: { x }, backend }, inherited) => {
    if (x.dtype !== 'float32') return inherited();
    const size = backend.run('Abs', { x });
    const y = compare(backend, op, size, { shape: [], values: backend.auxiliary([Number.POSITIVE_INFINITY]) });
    backend.disposeIntermediateTensorInfo(size);
    return y;
  });

/** Only NaN differs from itself. */
const notANumber = kernel<{ readonly x: TensorInfo }>('IsNan', ({ inputs: { x }, backend }, inherited) =>
  x.dtype === 'float32' ? compare(backend, 'NotEqual', x, { shape: x.shape, values: backend.floats(x) }) : inherited(),
);

const logical = (name: 'LogicalAnd' | 'LogicalOr'): NativeKernel =>
  kernel<Inputs>(name, ({ inputs: { a, b }, backend }, inherited) => {
    if (a.dtype !== 'bool' || b.dtype !== 'bool') return inherited();
    const { shape, native } = broadcastLayout(a.shape, b.shape);
    const y = backend.outputBytes(shape);
    backend.addon.logical(LOGICAL[name], native, backend.bytes(a), backend.bytes(b), y.values);
    return y.info;
  });

/** Squares, which `tf.norm` computes as powers, are products. Other powers run on `cpu`. */
const power = kernel<Inputs>('Pow', ({ inputs: { a, b }, backend }, inherited) => {
  const isSquare = areFloats(a, b) && b.shape.length === 0 && backend.readFloats(b)[0] === 2;
  return isSquare ? applyBinary(backend, 'Multiply', a, a) : inherited();
});

/** Element-wise functions of two tensors with broadcasting. */
export const binaryKernels: readonly NativeKernel[] = [
  add,
  arithmetic('Sub'),
  arithmetic('Multiply'),
  arithmetic('RealDiv'),
  arithmetic('Maximum'),
  arithmetic('Minimum'),
  arithmetic('SquaredDifference'),
  comparison('Equal'),
  comparison('NotEqual'),
  comparison('Greater'),
  comparison('GreaterEqual'),
  comparison('Less'),
  comparison('LessEqual'),
  comparedWithInfinity('IsFinite', 'Less'),
  comparedWithInfinity('IsInf', 'Equal'),
  notANumber,
  logical('LogicalAnd'),
  logical('LogicalOr'),
  power,
  kernel<{ readonly dy: TensorInfo; readonly y: TensorInfo }>('EluGrad', ({ inputs: { dy, y }, backend }, inherited) =>
    areFloats(dy, y) ? applyBinary(backend, 'EluGrad', dy, y) : inherited(),
  ),
  kernel<{ readonly x: TensorInfo; readonly alpha: TensorInfo }>(
    'Prelu',
    ({ inputs: { x, alpha }, backend }, inherited) =>
      areFloats(x, alpha) ? applyBinary(backend, 'Prelu', x, alpha) : inherited(),
  ),
];
