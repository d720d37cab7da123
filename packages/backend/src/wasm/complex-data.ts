import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { util } from '@tensorflow/tfjs-core';

const patched = new WeakSet<BackendWasm>();

/**
 * Makes `readSync` of a wasm back end support complex64. Its memory already stores complex numbers, with interleaved real and imaginary
 * parts.
 */
export function readComplex(backend: BackendWasm): void {
  if (patched.has(backend)) return;
  patched.add(backend);
  const readSync = backend.readSync.bind(backend);
  backend.readSync = (dataId, start, end) => {
    const { dtype, shape } = backend.dataIdMap.get(dataId);
    if (dtype !== 'complex64') return readSync(dataId, start, end);
    return backend.typedArrayFromHeap({ dataId, shape: [2 * util.sizeFromShape(shape)], dtype: 'float32' }).slice();
  };
}
