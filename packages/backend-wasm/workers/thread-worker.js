// A thread of the kernels: a worker with an instance of the module on the shared memory. It runs what it is given, for ever.
// Plain JavaScript, because it is loaded by its address: from sources, from the package, and from a bundle.

/** @param start a `ThreadStart` of src/platform.ts */
function run({ module, memory, index, stack, stackBytes, tls }, tellReady) {
  const notSupported = () => 52; // ENOSYS of WASI: the C library names functions of files, which nothing calls
  const { exports } = new WebAssembly.Instance(module, {
    env: { memory },
    host: { milliseconds: () => performance.now() },
    wasi_snapshot_preview1: { fd_close: notSupported, fd_seek: notSupported, fd_write: notSupported },
  });
  exports.__stack_pointer.value = stack + stackBytes;
  exports.__wasm_init_tls(tls);
  tellReady();
  exports.runWorker(index);
}

if (typeof WorkerGlobalScope !== 'undefined' && self instanceof WorkerGlobalScope) {
  self.addEventListener('message', ({ data }) => run(data, () => self.postMessage('ready')), { once: true });
} else {
  const name = 'node:worker_threads'; // a bundler for browsers must not look for it
  import(/* @vite-ignore */ /* webpackIgnore: true */ name).then(({ parentPort, workerData }) =>
    run(workerData, () => parentPort.postMessage('ready')),
  );
}
