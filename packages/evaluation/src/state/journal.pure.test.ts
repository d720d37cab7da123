import { CheckpointError, type CheckpointStore } from '@st/core';
import { expect, it } from 'vitest';

import { type Journal, type JournalEntry, openJournal } from './journal.ts';

const WHERE = '[@st/evaluation] test';

/** A store in memory, whose files the tests may change. */
function memoryStore(): CheckpointStore & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    name: 'memory',
    files,
    read: async (file) => files.get(file) ?? null,
    write: async (file, bytes) => void files.set(file, bytes),
  };
}

const entry = (value: number): JournalEntry => ({
  values: { value },
  arrays: new Map([['numbers', { shape: [2], data: Float32Array.of(value, 0.1) }]]),
});

/** Does the steps `a`, `b`, ... of which each gives its number; returns which were done now. */
async function goThrough(journal: Journal, labels: string): Promise<string[]> {
  const done: string[] = [];
  for (const [i, label] of [...labels].entries()) {
    const { values, arrays } = await journal.step(label, async () => {
      done.push(label);
      return entry(i);
    });
    expect([values.value, ...(arrays.get('numbers')?.data ?? [])]).toEqual([i, i, Math.fround(0.1)]);
  }
  return done;
}

it('does each step once, whoever comes again', async () => {
  const store = memoryStore();
  expect(await goThrough(await openJournal(WHERE, store, { seed: 1 }, false), 'ab')).toEqual(['a', 'b']);
  expect(await goThrough(await openJournal(WHERE, store, { seed: 1 }, true), 'abcd')).toEqual(['c', 'd']);
  expect(await goThrough(await openJournal(WHERE, store, { seed: 1 }, true), 'abcd')).toEqual([]);
});

it('begins anew where there is nothing to resume', async () => {
  expect(await goThrough(await openJournal(WHERE, memoryStore(), {}, true), 'a')).toEqual(['a']);
});

it('refuses a store with another evaluation, and with this one unless it is to go on', async () => {
  const store = memoryStore();
  await openJournal(WHERE, store, { seed: 1, attacks: [{ name: 'pgd', steps: 20 }] }, false);
  const other = { seed: 1, attacks: [{ name: 'pgd', steps: 40 }] };
  for (const resume of [true, false]) {
    await expect(openJournal(WHERE, store, other, resume)).rejects.toThrow(
      '[@st/evaluation] test: memory holds another evaluation: its attacks.0.steps is 20, not 40. Set it back to go on with that one, or name another folder.',
    );
  }
  const same = { attacks: [{ steps: 20, name: 'pgd' }], seed: 1 }; // the order of keys says nothing
  await expect(openJournal(WHERE, store, same, false)).rejects.toThrow(
    'memory already holds this evaluation. Pass resume: true to go on with it, or name another folder.',
  );
  expect(await goThrough(await openJournal(WHERE, store, same, true), 'ab')).toEqual(['a', 'b']);
  expect(store.files.size).toBe(3);
});

it('refuses files that are damaged, of another evaluation, or no evaluation at all', async () => {
  const store = memoryStore();
  await goThrough(await openJournal(WHERE, store, { seed: 1 }, false), 'ab');
  const again = async (labels = 'ab'): Promise<string[]> =>
    goThrough(await openJournal(WHERE, store, { seed: 1 }, true), labels);
  await expect(again('xb')).rejects.toThrow(
    `memory/step-000000.safetensors: must be the step 'x' of this evaluation, but its label is "a" in place of "x".`,
  );
  const elsewhere = memoryStore();
  await goThrough(await openJournal(WHERE, elsewhere, { seed: 2 }, false), 'ab');
  store.files.set('step-000001.safetensors', elsewhere.files.get('step-000001.safetensors') ?? new Uint8Array());
  await expect(again()).rejects.toThrow("step-000001.safetensors: must be the step 'b' of this evaluation");
  store.files.set('step-000000.safetensors', new Uint8Array(5));
  await expect(again()).rejects.toThrow('Delete it and the steps after it, and resume: they are done again.');
  await expect(again()).rejects.toThrow(CheckpointError);
  store.files.set('evaluation.json', new TextEncoder().encode('{"half'));
  await expect(again()).rejects.toThrow(
    'memory/evaluation.json must describe an evaluation of version 1, and does not.',
  );
});
