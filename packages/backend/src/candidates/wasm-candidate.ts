import { registerTrainingKernels } from '../wasm/register-training-kernels.ts';
import type { Candidate } from './candidate.ts';
import { cpuCandidate } from './cpu-candidate.ts';
import { importOptional } from './import-optional.ts';

/** tfjs's WebAssembly back end, with the kernels of training that it lacks. */
export const wasmCandidate: Candidate = {
  name: 'wasm',
  remedy: 'Install it with: npm install @tensorflow/tfjs-backend-wasm @tensorflow/tfjs-backend-cpu',
  ready: async (options) => {
    const wasm = await importOptional('@tensorflow/tfjs-backend-wasm', () => import('@tensorflow/tfjs-backend-wasm'));
    if ('why' in wasm) return wasm;
    if (options.wasmPath !== undefined) wasm.exports.setWasmPaths(options.wasmPath);
    // The fallback kernels are cpu's. Without them most models train all the same; `checkTrainable` names what a model then misses.
    await cpuCandidate.ready(options);
    registerTrainingKernels();
    return { registered: 'wasm' };
  },
};
