import { afterEach, describe, expect, it, vi } from 'vitest';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { CheckpointStore } from './checkpoint-store.ts';
import { checkpointStoreOf } from './checkpoint-store-of.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('checkpointStoreOf', () => {
  const store: CheckpointStore = { name: 'mine', read: async () => null, write: async () => undefined };

  it('makes a file store of a path, and returns a store unchanged', () => {
    expect(checkpointStoreOf('[@st/core] fit', 'runs/x').name).toBe('runs/x');
    expect(checkpointStoreOf('[@st/core] fit', store)).toBe(store);
  });

  it('refuses a path outside Node, but accepts a store', () => {
    vi.stubGlobal('process', undefined);
    let refused: unknown;
    let taken: unknown;
    try {
      taken = checkpointStoreOf('[@st/core] fit', store);
      checkpointStoreOf('[@st/core] fit', 'runs/x');
    } catch (error) {
      refused = error;
    } finally {
      vi.unstubAllGlobals(); // vitest itself needs the process
    }
    expect(refused).toBeInstanceOf(InvalidArgumentError);
    expect(refused).toMatchObject({
      message:
        "[@st/core] fit: checkpoint 'runs/x' is a path, which needs Node. In a browser pass a CheckpointStore, { name, read, write }.",
    });
    expect(taken).toBe(store);
  });
});
