import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

import type { KernelCall, Mend } from '../mend.ts';

/** `Sign`: of NaN it is NaN, as in TensorFlow; tfjs's kernels give 0. */
export const sign: Mend = ({ inputs, backend }, { tensor }) => {
  const x = inputs.x as TensorInfo;
  if (x.dtype !== 'float32') return undefined;
  return tensor((backend.readSync(x.dataId) as Float32Array).map(Math.sign), x.shape);
};

function holdsNaN({ backend }: KernelCall, x: TensorInfo): boolean {
  return (backend.readSync(x.dataId) as Float32Array).some(Number.isNaN);
}

/**
 * `MaxPool` and `MaxPool3D`: the largest of values with a NaN is NaN, as `tf.max` has it. tfjs's `cpu` leaves NaN out. For back ends whose values
 * are read at no cost and whose kernel takes longer than the search.
 */
export const maximumOfNaN: Mend = (call, { original, own, run }) => {
  const x = call.inputs.x as TensorInfo;
  if (x.dtype !== 'float32' || !holdsNaN(call, x)) return undefined;
  const pooled = (image: TensorInfo): TensorInfo => own(original({ x: image } as NamedTensorInfoMap, call.attrs));
  const places = run('Cast', { x: run('IsNan', { x }) }, { dtype: 'float32' });
  const condition = run('Cast', { x: pooled(places) }, { dtype: 'bool' });
  const y = pooled(x);
  const t = run('Fill', {}, { shape: y.shape, value: Number.NaN, dtype: 'float32' });
  return run('Select', { condition, t, e: y });
};
