// Compiles C++ sources to objects, one after the other, with Clang compiled to WebAssembly.
import { parentPort, workerData } from 'node:worker_threads';
import { runClang, runLLVM } from '@yowasp/clang';

await runLLVM(null, {}, { fetchProgress: () => {} }); // or the first command says what it reads from the package

parentPort.on('message', async ({ source, flags }) => {
  let messages = '';
  const stderr = (bytes) => {
    if (bytes) messages += new TextDecoder().decode(bytes);
  };
  try {
    const made = await runClang(['clang++', ...flags, '-c', `native/${source}`, '-o', 'out.o'], workerData.tree, {
      stderr,
    });
    parentPort.postMessage({ source, object: made['out.o'], messages });
  } catch (error) {
    parentPort.postMessage({ source, error: `${messages}${error}` });
  }
});
