import type { Platform, StartedWorker, ThreadStart, Variant } from './platform.ts';
import { whyUnavailableInBrowser } from './why-unavailable-in-browser.ts';

/** Written out for bundlers, which look for this form to find the files. */
const MODULES: Readonly<Record<Variant, URL>> = {
  simd: new URL('../modules/st-simd.wasm', import.meta.url),
  'relaxed-simd': new URL('../modules/st-relaxed-simd.wasm', import.meta.url),
};

/** A page or a worker of it. */
export const browserPlatform: Platform = {
  cores: navigator.hardwareConcurrency,
  whyUnavailable: whyUnavailableInBrowser,
  mayBlock: typeof document === 'undefined',
  whyNoThreads: whyNoThreads(),
  startsWhileBusy: false,
  readModule: async (variant) => WebAssembly.compile(await readFile(MODULES[variant])),
  startWorker,
};

function whyNoThreads(): string | undefined {
  if (!globalThis.crossOriginIsolated) {
    return (
      'the page is not cross-origin isolated: serve it with the headers `Cross-Origin-Opener-Policy: same-origin` and ' +
      '`Cross-Origin-Embedder-Policy: require-corp`'
    );
  }
  return typeof Worker === 'undefined' ? 'this kind of worker can start no others' : undefined;
}

async function readFile(url: URL): Promise<ArrayBuffer> {
  const response = await fetch(url).catch((cause: unknown) => {
    throw new Error(`${url} cannot be fetched`, { cause });
  });
  if (!response.ok) throw new Error(`${url} is not served: ${response.status} ${response.statusText}`.trimEnd());
  return response.arrayBuffer();
}

function startWorker(start: ThreadStart): StartedWorker {
  const worker = createWorker();
  const ready = new Promise<void>((resolve, reject) => {
    worker.addEventListener('message', () => resolve(), { once: true });
    worker.addEventListener('error', ({ message }) => {
      // A script that cannot be loaded gives an event without a message.
      const how = message ? `fails: ${message}` : 'cannot be loaded';
      reject(new Error(`the script of the threads, thread-worker.js, ${how}`));
    });
    worker.postMessage(start);
  });
  return { ready, end: () => worker.terminate() };
}

function createWorker(): Worker {
  try {
    return new Worker(new URL('../workers/thread-worker.js', import.meta.url), { type: 'module', name: 'st-wasm' });
  } catch {
    return createWorkerOfOtherOrigin();
  }
}

/** A page may not start a worker from a script of another origin (a CDN), but a script of its own may import one. */
function createWorkerOfOtherOrigin(): Worker {
  const address = new URL('../workers/thread-worker.js', import.meta.url).href;
  const script = new Blob([`import ${JSON.stringify(address)};`], { type: 'text/javascript' });
  const url = URL.createObjectURL(script);
  return new Worker(url, { type: 'module', name: 'st-wasm' });
}
