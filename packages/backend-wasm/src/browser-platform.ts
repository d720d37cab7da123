import type { Platform, ThreadStart, Variant } from './platform.ts';

/** Written out for bundlers, which look for this form to find the files. */
const MODULES: Readonly<Record<Variant, URL>> = {
  simd: new URL('../modules/st-simd.wasm', import.meta.url),
  'relaxed-simd': new URL('../modules/st-relaxed-simd.wasm', import.meta.url),
};

const startThread = (): Worker =>
  new Worker(new URL('../workers/thread-worker.js', import.meta.url), { type: 'module', name: 'st-wasm' });

/** A page or a worker of it. */
export const browserPlatform: Platform = {
  cores: navigator.hardwareConcurrency,
  mayBlock: typeof document === 'undefined',
  whyNoThreads: globalThis.crossOriginIsolated
    ? undefined
    : 'the page is not cross-origin isolated: serve it with the headers `Cross-Origin-Opener-Policy: same-origin` and ' +
      '`Cross-Origin-Embedder-Policy: require-corp`',
  startsWhileBusy: false,
  readModule: async (variant) => {
    const response = await fetch(MODULES[variant]);
    if (!response.ok) {
      throw new Error(`[@st/backend-wasm] ${response.url} cannot be read: ${response.status} ${response.statusText}.`);
    }
    return WebAssembly.compile(await response.arrayBuffer());
  },
  startWorker,
};

function startWorker(start: ThreadStart): Promise<void> {
  const worker = startThread();
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', () => resolve(), { once: true });
    worker.addEventListener('error', ({ message }) => {
      reject(new Error(`[@st/backend-wasm] a thread does not start: ${message}.`));
    });
    worker.postMessage(start);
  });
}
