import { registerTrainingKernels } from '../wasm/register-training-kernels.ts';
import type { Candidate } from './candidate.ts';
import { cpuCandidate } from './cpu-candidate.ts';
import { notImported } from './import-optional.ts';

/** tfjs's WebAssembly back end, with the kernels of training that it lacks. */
export const wasmCandidate: Candidate = {
  name: 'wasm',
  remedy: 'Install it with: npm install @tensorflow/tfjs-backend-wasm @tensorflow/tfjs-backend-cpu',
  ready: async (options) => {
    const wasm = await importWasm();
    if ('why' in wasm) return wasm;
    if (options.wasmPath !== undefined) wasm.setWasmPaths(options.wasmPath);
    // The fallback kernels are cpu's. Without them most models train all the same; `checkTrainable` names what a model then misses.
    await cpuCandidate.ready(options);
    registerTrainingKernels();
    return { registered: 'wasm' };
  },
};

async function importWasm(): Promise<typeof import('@tensorflow/tfjs-backend-wasm') | { readonly why: string }> {
  try {
    return await import('@tensorflow/tfjs-backend-wasm');
  } catch (error) {
    return notImported('@tensorflow/tfjs-backend-wasm', error);
  }
}
