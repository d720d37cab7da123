import { describe, expect, it } from 'vitest';

import type { ModuleExports } from './module-exports.ts';
import { nodePlatform } from './node-platform.ts';
import type { Platform } from './platform.ts';
import { ThreadWorkers } from './thread-workers.ts';

/** Workers on a platform like a browser's, whose worker `index` starts unless `fails(index)`. */
function workersThat(fails: (index: number) => boolean, changes: Partial<Platform> = {}) {
  const added: number[] = [];
  const ended: number[] = [];
  const exports = {
    __tls_size: { value: 64 },
    allocateForWorker: () => 65_536,
    addWorker: (index: number) => added.push(index),
  } as unknown as ModuleExports;
  const platform: Platform = {
    ...nodePlatform,
    startsWhileBusy: false,
    startWorker: ({ index }) => ({
      ready: fails(index) ? Promise.reject(new Error(`worker ${index} cannot be loaded`)) : Promise.resolve(),
      end: () => ended.push(index),
    }),
    ...changes,
  };
  // No worker runs here, so none needs a module and a memory.
  const workers = new ThreadWorkers(platform, { exports, module: {} as never, memory: {} as never });
  return { added, ended, workers };
}

describe('ThreadWorkers', () => {
  it('gives as many threads as its workers and the caller', async () => {
    const { added, workers } = workersThat(() => false);
    await workers.ensure(3);
    expect(added).toEqual([0, 1, 2]);
    expect([2, 4, 5].map((count) => workers.available(count))).toEqual([2, 4, 4]);
    expect(workers.whyNone).toBeUndefined();
  });

  it('leaves one thread, and says why, if no worker starts', async () => {
    const { added, workers } = workersThat(() => true);
    await workers.ensure(2);
    await workers.ensure(3);
    expect(added).toEqual([]);
    expect(workers.available(4)).toBe(1);
    expect(workers.whyNone).toMatch(/^worker \d cannot be loaded$/);
  });

  it('goes on with those that start', async () => {
    const { added, workers } = workersThat((index) => index === 1);
    await workers.ensure(3);
    expect(added).toEqual([0, 2]);
    expect(workers.available(4)).toBe(3);
    expect(workers.whyNone).toBeUndefined();
  });

  it('ends them', async () => {
    const { ended, workers } = workersThat(() => false);
    await workers.ensure(3);
    workers.end();
    expect(ended).toEqual([0, 1, 2]);
  });

  it('starts none where there can be none', async () => {
    const { added, workers } = workersThat(() => false, { whyNoThreads: 'the headers are missing' });
    await workers.ensure(3);
    expect(added).toEqual([]);
    expect(workers.available(4)).toBe(1);
    expect(workers.whyNone).toBe('the headers are missing');
  });
});
