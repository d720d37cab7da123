import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { util } from '@tensorflow/tfjs-core';

const readsThem = new WeakSet<BackendWasm>();

/**
 * Lets a wasm back end read complex numbers back. Its memory holds them as it is, real and imaginary parts in turn, but its `readSync` knows
 * no such dtype.
 */
export function readComplex(backend: BackendWasm): void {
  if (readsThem.has(backend)) return;
  readsThem.add(backend);
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId, start, end) => {
    const { dtype, shape } = backend.dataIdMap.get(dataId);
    if (dtype !== 'complex64') return readSync(dataId, start, end);
    return backend.typedArrayFromHeap({ dataId, shape: [2 * util.sizeFromShape(shape)], dtype: 'float32' }).slice();
  };
}
