import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/** `Sign`: -1, 0 or 1; 0 for NaN, as the tests of tfjs specify. The kernel of `wasm` gives 0 for magnitudes up to 2^-23, the epsilon of float32. */
export const sign: Mend = ({ inputs, backend }, { tensor }) => {
  const x = inputs.x as TensorInfo;
  if (x.dtype !== 'float32') return undefined;
  return tensor(
    (backend.readSync(x.dataId) as Float32Array).map((value) => (value > 0 ? 1 : value < 0 ? -1 : 0)),
    x.shape,
  );
};
