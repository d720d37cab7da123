import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
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
    return WebAssembly.compile(await readFile(path));
  },
  startWorker: async (start) => {
    const worker = new Worker(new URL('../workers/thread-worker.js', import.meta.url), {
      workerData: start,
      execArgv: [],
      name: `st-wasm ${start.index}`,
    });
    worker.unref(); // threads do not keep the process alive
  },
};
