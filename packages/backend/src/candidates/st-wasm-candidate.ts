import type { Candidate } from './candidate.ts';
import { notImported } from './import-optional.ts';

/** Our own kernels in WebAssembly; importing the package registers the back end. */
export const stWasmCandidate: Candidate = {
  name: 'st-wasm',
  remedy: 'Install it with: npm install @st/backend-wasm',
  ready: async () => {
    const imported = await importStWasm();
    if ('why' in imported) return imported;
    const availability = imported.wasmAvailable();
    return availability.available ? { registered: 'st-wasm' } : { why: availability.reason };
  },
};

async function importStWasm(): Promise<typeof import('@st/backend-wasm') | { readonly why: string }> {
  try {
    return await import('@st/backend-wasm');
  } catch (error) {
    return notImported('@st/backend-wasm', error);
  }
}
