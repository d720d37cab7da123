import type { Candidate } from './candidate.ts';
import { notImported } from './import-optional.ts';

/** Our own kernels in WebAssembly; importing the package registers the back end. */
export const stWasmCandidate: Candidate = {
  name: 'st-wasm',
  remedy: 'Install it with: npm install @st/backend-wasm',
  ready: async () => {
    const imported = await importStWasm();
    if ('why' in imported) return imported;
    const started = await imported.startWasm();
    if (!started.available) return { why: started.reason, advice: '' };
    return { registered: 'st-wasm', note: () => onOneThread(imported.wasmStatus().whyOneThread) };
  },
};

function onOneThread(why: string | undefined): string | undefined {
  return why === undefined ? undefined : `on one thread: ${why}`;
}

async function importStWasm(): Promise<typeof import('@st/backend-wasm') | { readonly why: string }> {
  try {
    return await import('@st/backend-wasm');
  } catch (error) {
    return notImported('@st/backend-wasm', error);
  }
}
