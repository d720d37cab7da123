import { backend_util, type TensorInfo, util } from '@tensorflow/tfjs-core';
import { REDUCTION } from '../addon.ts';
import type { NativeBackend } from '../native-backend.ts';
import { permuted } from './move.ts';
import { kernel, type NativeKernel } from './native-kernel.ts';

type Inputs = { readonly x: TensorInfo };
type Attrs = { readonly axis: number | number[]; readonly keepDims: boolean };

/** A tensor seen as [outer, length, inner], to be reduced over its middle axis. */
type Middle = { readonly x: TensorInfo; readonly outer: number; readonly length: number; readonly inner: number };

const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);

/** Adjacent axes are already one axis; others are moved to the end. The returned `x` is a reference of its own. */
function toMiddle(backend: NativeBackend, x: TensorInfo, axes: readonly number[]): Middle {
  const first = axes[0] ?? 0;
  const last = axes.at(-1) ?? -1;
  const between = x.shape.slice(first, last + 1).filter((size, i) => size !== 1 && !axes.includes(first + i));
  if (between.length === 0) {
    const shape = x.shape;
    return {
      x: backend.reshaped(x, shape),
      outer: product(shape.slice(0, first)),
      length: product(axes.map((axis) => shape[axis] ?? 1)),
      inner: product(shape.slice(last + 1)),
    };
  }
  const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const moved = permuted(backend, x, [...kept, ...axes]);
  return {
    x: moved,
    outer: product(kept.map((axis) => x.shape[axis] ?? 1)),
    length: product(axes.map((axis) => x.shape[axis] ?? 1)),
    inner: 1,
  };
}

function reduce(
  backend: NativeBackend,
  op: keyof typeof REDUCTION,
  x: TensorInfo,
  { axis, keepDims }: Attrs,
  average = false,
): TensorInfo {
  const axes = util.parseAxisParam(axis, x.shape).sort((a, b) => a - b);
  const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
  const y = backend.output(keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape);
  const middle = toMiddle(backend, x, axes);
  const { outer, length, inner } = middle;
  const scale = average ? 1 / length : 1;
  backend.addon.reduce(REDUCTION[op], outer, length, inner, scale, backend.floats(middle.x), y.values);
  backend.disposeIntermediateTensorInfo(middle.x);
  return y.info;
}

const extreme = (name: 'ArgMax' | 'ArgMin'): NativeKernel =>
  kernel<Inputs, { readonly axis: number }>(name, ({ inputs: { x }, attrs, backend }, inherited) => {
    const axes = util.parseAxisParam(attrs.axis, x.shape);
    const axis = axes[0];
    const length = axis === undefined ? 0 : (x.shape[axis] ?? 0);
    if (x.dtype !== 'float32' || axes.length !== 1 || axis === undefined || length === 0) return inherited();
    const kept = x.shape.map((_, i) => i).filter((i) => i !== axis);
    const rows = axis === x.shape.length - 1 ? backend.reshaped(x, x.shape) : permuted(backend, x, [...kept, axis]);
    const y = backend.outputInts(kept.map((i) => x.shape[i] ?? 1));
    backend.addon.argExtreme(name === 'ArgMax' ? 1 : 0, y.values.length, length, backend.floats(rows), y.values);
    backend.disposeIntermediateTensorInfo(rows);
    return y.info;
  });

/** Any or All: the maximum or minimum of 0 and 1. Empty tensors run on `cpu`. */
const truth = (name: 'Any' | 'All', op: 'Max' | 'Min'): NativeKernel =>
  kernel<Inputs, Attrs>(name, ({ inputs: { x }, attrs, backend }, inherited) => {
    if (x.dtype !== 'bool' || product(x.shape) === 0) return inherited();
    const numbers = backend.run('Cast', { x }, { dtype: 'float32' });
    const extreme = reduce(backend, op, numbers, attrs);
    const y = backend.run('Cast', { x: extreme }, { dtype: 'bool' });
    for (const part of [numbers, extreme]) backend.disposeIntermediateTensorInfo(part);
    return y;
  });

/** Sums, means, extremes and products over any axes, Any and All, positions of extremes, softmax. */
export const reduceKernels: readonly NativeKernel[] = [
  kernel<Inputs, Attrs>('Sum', ({ inputs: { x }, attrs, backend }, inherited) =>
    x.dtype === 'float32' ? reduce(backend, 'Sum', x, attrs) : inherited(),
  ),
  kernel<Inputs, Attrs>('Mean', ({ inputs: { x }, attrs, backend }, inherited) =>
    x.dtype === 'complex64' || x.dtype === 'string' ? inherited() : reduce(backend, 'Sum', x, attrs, true),
  ),
  kernel<Inputs, Attrs>('Prod', ({ inputs: { x }, attrs, backend }, inherited) =>
    x.dtype === 'float32' ? reduce(backend, 'Prod', x, attrs) : inherited(),
  ),
  kernel<Inputs, Attrs>('Min', ({ inputs: { x }, attrs, backend }, inherited) =>
    x.dtype === 'float32' && product(x.shape) > 0 ? reduce(backend, 'Min', x, attrs) : inherited(),
  ),
  kernel<Inputs, { readonly reductionIndices: number | number[]; readonly keepDims: boolean }>(
    'Max',
    ({ inputs: { x }, attrs: { reductionIndices: axis, keepDims }, backend }, inherited) =>
      x.dtype === 'float32' && product(x.shape) > 0 ? reduce(backend, 'Max', x, { axis, keepDims }) : inherited(),
  ),
  truth('Any', 'Max'),
  truth('All', 'Min'),
  extreme('ArgMax'),
  extreme('ArgMin'),
  kernel<{ readonly logits: TensorInfo }, { readonly dim: number }>(
    'Softmax',
    ({ inputs: { logits }, attrs: { dim }, backend }, inherited) => {
      const last = logits.shape.length - 1;
      if (logits.dtype !== 'float32' || (dim !== -1 && dim !== last)) return inherited();
      const length = logits.shape[last] ?? 1;
      const y = backend.output(logits.shape);
      const rows = length === 0 ? 0 : y.values.length / length;
      backend.addon.softmax(0, rows, length, backend.floats(logits), y.values);
      return y.info;
    },
  ),
];
