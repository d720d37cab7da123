import { afterEach, describe, expect, it, vi } from 'vitest';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { checkpointStoreOf } from './checkpoint-store-of.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('checkpointStoreOf', () => {
  const store: CheckpointStore = { name: 'mine', read: async () => null, write: async () => undefined };

  it('takes a path as a folder, and a store as it is', async () => {
    expect((await checkpointStoreOf('[@st/core] fit', 'runs/x')).name).toBe('runs/x');
    expect(await checkpointStoreOf('[@st/core] fit', store)).toBe(store);
  });

  it('refuses a path where there is no Node, and takes a store there', async () => {
    vi.stubGlobal('process', undefined);
    const refused = checkpointStoreOf('[@st/core] fit', 'runs/x').catch((error: unknown) => error);
    const taken = checkpointStoreOf('[@st/core] fit', store);
    vi.unstubAllGlobals(); // vitest itself needs the process
    expect(await refused).toBeInstanceOf(InvalidArgumentError);
    expect(await refused).toMatchObject({
      message:
        "[@st/core] fit: checkpoint 'runs/x' is a path, which needs Node. In a browser pass a CheckpointStore, { name, read, write }.",
    });
    expect(await taken).toBe(store);
  });
});
