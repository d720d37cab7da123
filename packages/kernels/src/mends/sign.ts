import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/** `Sign`: -1, 0 or 1, and 0 of NaN, as tfjs's own tests have it. `wasm` takes values of up to 2^-23, float32's epsilon, for 0. */
export const sign: Mend = ({ inputs, backend }, { tensor }) => {
  const x = inputs.x as TensorInfo;
  if (x.dtype !== 'float32') return undefined;
  return tensor(
    (backend.readSync(x.dataId) as Float32Array).map((value) => (value > 0 ? 1 : value < 0 ? -1 : 0)),
    x.shape,
  );
};
