import { type TensorInfo, util } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/**
 * `ArgMax` and `ArgMin` ignore NaN, as the tests of tfjs specify; the result is 0 if all values are NaN. The kernels of tfjs do not ignore a NaN
 * that comes first.
 * @param least - The value that replaces NaN: -Infinity for `ArgMax`, Infinity for `ArgMin`.
 */
export const withoutNaN =
  (least: number): Mend =>
  ({ inputs, attrs, backend }, { original, run, tensor }) => {
    const x = inputs.x as TensorInfo;
    if (x.dtype !== 'float32' || x.shape.includes(0)) return undefined;
    const [axis = 0] = util.parseAxisParam(attrs.axis as number, x.shape);
    const size = x.shape.map((length, i) => (i === axis ? 1 : length));
    const firsts = run('Slice', { x }, { begin: x.shape.map(() => 0), size });
    if (!(backend.readSync(firsts.dataId) as Float32Array).some(Number.isNaN)) return undefined;
    const values = backend.readSync(x.dataId) as Float32Array;
    const numbers = values.map((value) => (Number.isNaN(value) ? least : value));
    return original({ ...inputs, x: tensor(numbers, x.shape) }, attrs);
  };

/** `TopK` of rows with infinities or NaN: NaN comes last, equal values in the order of their indices. The kernels of tfjs do not sort such rows. */
export const topKOfNonFinite: Mend = ({ inputs, attrs, backend }, { tensor }) => {
  const x = inputs.x as TensorInfo;
  if (x.dtype !== 'float32' || x.shape.includes(0)) return undefined;
  const values = backend.readSync(x.dataId) as Float32Array;
  if (values.every(Number.isFinite)) return undefined;
  const [length, k] = [x.shape.at(-1) ?? 1, attrs.k as number];
  const indices = Array.from({ length: values.length / length }, (_, row) => {
    const own = values.subarray(row * length, (row + 1) * length);
    return [...own.keys()].sort((a, b) => descending(own[a] ?? 0, own[b] ?? 0) || a - b).slice(0, k);
  });
  const shape = [...x.shape.slice(0, -1), k];
  const best = indices.flatMap((row, i) => row.map((index) => values[i * length + index] ?? 0));
  return [tensor(Float32Array.from(best), shape), tensor(Int32Array.from(indices.flat()), shape)];
};

function descending(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return Number(b > a) - Number(a > b);
}
