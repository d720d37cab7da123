import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { INSTALL_AGAIN } from './module-exports.ts';
import type { Platform } from './platform.ts';
import { whyUnavailableInNode } from './why-unavailable-in-node.ts';

/** Node, Bun and Deno. */
export const nodePlatform: Platform = {
  cores: availableParallelism(),
  whyUnavailable: whyUnavailableInNode,
  mayBlock: true,
  whyNoThreads: undefined,
  startsWhileBusy: true,
  readModule: async (variant) => {
    const path = fileURLToPath(new URL(`../modules/st-${variant}.wasm`, import.meta.url));
    try {
      return await WebAssembly.compile(await readFile(path));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${path} cannot be loaded: ${why}. ${INSTALL_AGAIN}`, { cause });
    }
  },
  startWorker: (start) => {
    const worker = new Worker(new URL('../workers/thread-worker.js', import.meta.url), {
      workerData: start,
      execArgv: [],
      name: `st-wasm ${start.index}`,
    });
    const ready = new Promise<void>((resolve, reject) => {
      const fails = (how: string) => reject(new Error(`the script of the threads, thread-worker.js, ${how}`));
      worker.once('message', () => {
        worker.removeAllListeners('error'); // an error of a running thread is not to be overlooked: Node ends the program with it
        resolve();
      });
      worker.on('error', ({ message }) => fails(`fails: ${message.split('\n', 1)[0]}`));
      worker.on('exit', (code) => fails(`ends with code ${code}`));
    });
    // Threads do not keep the process alive, but it must not end while it waits for them to start.
    const unref = () => worker.unref();
    ready.then(unref, unref);
    return { ready, end: () => void worker.terminate() };
  },
};
