import { findBackend, findBackendFactory } from '@tensorflow/tfjs-core';

import { restoreRemovedUtil } from '../restore-removed-util.ts';
import type { Candidate, Readied } from './candidate.ts';
import { importOptional } from './import-optional.ts';
import { isNode } from './is-node.ts';

const CPU_PACKAGE = '@tensorflow/tfjs-node';
const GPU_PACKAGE = '@tensorflow/tfjs-node-gpu';

/** Both packages register their back end under this name. */
const REGISTERED = 'tensorflow';

/** TensorFlow's C library on a GPU (CUDA 11). */
export const tfjsNodeGpuCandidate: Candidate = {
  name: 'tfjs-node-gpu',
  remedy: `Install it with: npm install ${GPU_PACKAGE} (it needs CUDA 11 and cuDNN 8)`,
  ready: async () => {
    const readied = await load(GPU_PACKAGE);
    if ('why' in readied) return readied;
    return Reflect.get(findBackend(REGISTERED), 'isUsingGpuDevice') === true ? readied : { why: 'it finds no GPU' };
  },
};

/** TensorFlow's C library on the CPU. */
export const tfjsNodeCandidate: Candidate = {
  name: 'tfjs-node',
  remedy: `Install it with: npm install ${CPU_PACKAGE}`,
  ready: () => load(CPU_PACKAGE),
};

async function load(name: string): Promise<Readied> {
  if (!isNode()) return { why: 'runs under Node only' };
  // already loaded, by the caller or as the GPU package on a machine without a GPU: loading the other package would register it twice
  if (findBackendFactory(REGISTERED) !== null) return { registered: REGISTERED };
  restoreRemovedUtil();
  const imported = await importOptional<unknown>(name);
  return 'why' in imported ? imported : { registered: REGISTERED };
}
