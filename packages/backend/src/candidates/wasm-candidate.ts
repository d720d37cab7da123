import { registerTrainingKernels } from '../wasm/register-training-kernels.ts';
import type { Candidate } from './candidate.ts';
import { cpuCandidate } from './cpu-candidate.ts';
import { notImported } from './import-optional.ts';

/** The WebAssembly back end of tfjs, with the training kernels that it lacks. */
export const wasmCandidate: Candidate = {
  name: 'wasm',
  remedy: 'Install it with: npm install @tensorflow/tfjs-backend-wasm @tensorflow/tfjs-backend-cpu',
  ready: async (options) => {
    const wasm = await importWasm();
    if ('why' in wasm) return wasm;
    if (options.wasmPath !== undefined) wasm.setWasmPaths(options.wasmPath);
    // Fallback kernels come from `cpu`. Most models train without them; `checkTrainable` names the kernels that a model lacks.
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
