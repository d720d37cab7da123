// Compiles C++ sources to objects, one after the other, with Clang compiled to WebAssembly.
import { parentPort, workerData } from 'node:worker_threads';
import { runClang } from '@yowasp/clang';

parentPort.on('message', async ({ source, flags }) => {
  let messages = '';
  const stderr = (bytes) => {
    if (bytes) messages += new TextDecoder().decode(bytes);
  };
  try {
    const made = await runClang(['clang++', ...flags, '-c', `native/${source}`, '-o', 'out.o'], workerData.tree, {
      stderr,
      fetchProgress: () => {},
    });
    parentPort.postMessage({ source, object: made['out.o'], messages });
  } catch (error) {
    parentPort.postMessage({ source, error: `${messages}${error}` });
  }
});
