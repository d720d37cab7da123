import { util } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/**
 * `Range`: value i is start + i step, rounded once. The kernels of tfjs add the step to the previous value in float32: in `tf.range(0, 100, 0.1)`,
 * 7 of 10 values are wrong, the last one by 7e-4.
 */
export const range: Mend = ({ attrs }, { tensor }) => {
  const {
    start,
    stop,
    step: givenStep,
    dtype,
  } = attrs as { start: number; stop: number; step: number; dtype: 'float32' | 'int32' };
  if (start === stop) return undefined;
  const step = stop < start && givenStep === 1 ? -1 : givenStep; // as documented for tf.range
  const length = Math.ceil((stop - start) / step);
  if (!(length > 0)) return undefined;
  const values = util.makeZerosTypedArray(length, dtype);
  for (let i = 0; i < length; i++) values[i] = start + i * step;
  return tensor(values as Float32Array | Int32Array, [length]);
};

/** `LinSpace`: value i is start + i (stop - start) / (num - 1), rounded once; the last value is `stop`. */
export const linSpace: Mend = ({ attrs }, { tensor }) => {
  const { start, stop, num } = attrs as { start: number; stop: number; num: number };
  if (num < 2) return undefined;
  const values = new Float32Array(num);
  for (let i = 0; i < num; i++) values[i] = start + (i * (stop - start)) / (num - 1);
  values[num - 1] = stop;
  return tensor(values, [num]);
};
