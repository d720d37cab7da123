// A thread of the kernels: a worker with an instance of the module on the shared memory. It runs what it is given, for ever.
// Plain JavaScript, because it is loaded by its address: from sources, from the package, and from a bundle.

/** What the thread that makes this one sends. */
async function received() {
  if (typeof WorkerGlobalScope !== 'undefined' && self instanceof WorkerGlobalScope) {
    return new Promise((resolve) => self.addEventListener('message', ({ data }) => resolve(data), { once: true }));
  }
  const { workerData } = await import(/* @vite-ignore */ /* webpackIgnore: true */ 'node:worker_threads');
  return workerData;
}

const { module, memory, index, stack, stackBytes, tls } = await received();
const notSupported = () => 52; // ENOSYS of WASI: the C library names functions of files, which nothing calls
const { exports } = new WebAssembly.Instance(module, {
  env: { memory },
  host: { milliseconds: () => performance.now() },
  wasi_snapshot_preview1: { fd_close: notSupported, fd_seek: notSupported, fd_write: notSupported },
});
exports.__stack_pointer.value = stack + stackBytes;
exports.__wasm_init_tls(tls);
if (typeof self !== 'undefined' && typeof self.postMessage === 'function') self.postMessage('ready');
exports.runWorker(index);
