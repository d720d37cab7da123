import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { loadAddon } from './load-addon.ts';

/** The work of every thread: matrix products and reductions, repeated, on its own arrays; then it reports the results. */
const WORK = `
const { parentPort, workerData } = require('node:worker_threads');
const addon = require(workerData.path);
const [n, repeats] = [160, 40];
const a = Float32Array.from({ length: n * n }, (_, i) => ((i * 7919) % 97) / 97);
const results = [];
for (let i = 0; i < repeats; i++) {
  const buffer = addon.allocate(n * n * 4) ?? new ArrayBuffer(n * n * 4);
  const c = new Float32Array(buffer);
  addon.matmul(0, Int32Array.of(1, n, n, n, 0, 0, 0, 1), a, a, undefined, c);
  const sum = new Float32Array(n);
  addon.reduce(0, 1, n, n, 1, c, sum);
  addon.synchronize();
  results.push(Buffer.from(sum.buffer).toString('base64'));
  if (i % 10 === workerData.id) addon.setThreads(1 + (i % 3));
}
// The last one is still running when its worker ends.
addon.matmul(0, Int32Array.of(1, n, n, n, 0, 0, 0, 1), a, a, undefined, new Float32Array(addon.allocate(n * n * 4) ?? n * n));
parentPort.postMessage({ id: workerData.id, distinct: [...new Set(results)] });
`;

function run(id: number, path: string): Promise<{ id: number; distinct: string[] }> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(WORK, { eval: true, workerData: { id, path } });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

describe('worker threads', () => {
  it('use the module concurrently, start and end, and get the same bits', async () => {
    const loaded = loadAddon();
    if (!loaded.addon) throw new Error(loaded.reason);
    const { path } = loaded;
    const first = await Promise.all([0, 1, 2, 3].map((id) => run(id, path)));
    const second = await Promise.all([4, 5].map((id) => run(id, path)));
    const results = new Set([...first, ...second].flatMap(({ distinct }) => distinct));
    expect(results.size).toBe(1);
  });
});
