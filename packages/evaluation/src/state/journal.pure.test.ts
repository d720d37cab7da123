import { CheckpointError, readSafetensors, writeSafetensors } from '@st/core';
import type { JsonObject } from '@st/core/kit';
import { expect, it } from 'vitest';

import { type MemoryStore, memoryStore } from '../memory-store.fixture.ts';
import { type Journal, type JournalEntry, openJournal } from './journal.ts';

const WHERE = '[@st/evaluation] test';

const entry = (value: number): JournalEntry => ({
  values: { value },
  arrays: new Map([['numbers', { shape: [2], data: Float32Array.of(value, 0.1) }]]),
});

const open = (store: MemoryStore, identity: JsonObject, resume: boolean): Promise<Journal> =>
  openJournal(WHERE, store, { identity, resume, batchSize: 4 });

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
  expect(await goThrough(await open(store, { seed: 1 }, false), 'ab')).toEqual(['a', 'b']);
  expect(await goThrough(await open(store, { seed: 1 }, true), 'abcd')).toEqual(['c', 'd']);
  expect(await goThrough(await open(store, { seed: 1 }, true), 'abcd')).toEqual([]);
});

it('begins anew where there is nothing to resume', async () => {
  expect(await goThrough(await open(memoryStore(), {}, true), 'a')).toEqual(['a']);
});

it('refuses a store with another evaluation, and with this one unless it is to go on', async () => {
  const store = memoryStore();
  await open(store, { seed: 1, attacks: [{ name: 'pgd', steps: 20 }] }, false);
  const other = { seed: 1, attacks: [{ name: 'pgd', steps: 40 }] };
  for (const resume of [true, false]) {
    await expect(open(store, other, resume)).rejects.toThrow(
      '[@st/evaluation] test: memory holds another evaluation: its attacks.0.steps is 20, not 40. Set it back to go on with that one, or name another folder.',
    );
  }
  const same = { attacks: [{ steps: 20, name: 'pgd' }], seed: 1 }; // the order of keys says nothing
  await expect(open(store, same, false)).rejects.toThrow(
    'memory already holds this evaluation. Pass resume: true to go on with it, or name another folder.',
  );
  expect(await goThrough(await open(store, same, true), 'ab')).toEqual(['a', 'b']);
  expect(store.files.size).toBe(3);
});

it('refuses files that are damaged, of another evaluation, or no evaluation at all', async () => {
  const store = memoryStore();
  await goThrough(await open(store, { seed: 1 }, false), 'ab');
  const again = async (labels = 'ab'): Promise<string[]> => goThrough(await open(store, { seed: 1 }, true), labels);
  await expect(again('xb')).rejects.toThrow(
    `memory/step-000000.safetensors: must be the step 'x' of this evaluation, but its label is "a" in place of "x".`,
  );
  const elsewhere = memoryStore();
  await goThrough(await open(elsewhere, { seed: 2 }, false), 'ab');
  store.files.set('step-000001.safetensors', elsewhere.files.get('step-000001.safetensors') ?? new Uint8Array());
  await expect(again()).rejects.toThrow("step-000001.safetensors: must be the step 'b' of this evaluation");
  store.files.set('step-000000.safetensors', new Uint8Array(5));
  await expect(again()).rejects.toThrow('Delete it and the steps after it, and resume: they are done again.');
  await expect(again()).rejects.toThrow(CheckpointError);
  store.files.set('evaluation.json', new TextEncoder().encode('{"half'));
  await expect(again()).rejects.toThrow(
    'memory/evaluation.json must describe an evaluation of version 2, and does not.',
  );
});

/** The step with its tensors and metadata changed, its checksum left as it was. */
function edit(store: MemoryStore, file: string, change: (step: ReturnType<typeof readSafetensors>) => void): void {
  const step = readSafetensors(store.files.get(file) ?? new Uint8Array());
  change(step);
  store.files.set(file, writeSafetensors(step.tensors, step.metadata));
}

const STEP = 'step-000001.safetensors';
const written = async (): Promise<MemoryStore> => {
  const store = memoryStore();
  await goThrough(await open(store, { seed: 1 }, false), 'abc');
  return store;
};

it.each<[string, (step: ReturnType<typeof readSafetensors>) => void]>([
  ['a value of an array', ({ tensors }) => tensors.get('numbers')?.data.fill(7 as never)],
  ['an array taken out', ({ tensors }) => (tensors as Map<string, unknown>).delete('numbers')],
  [
    'an array more',
    ({ tensors }) => (tensors as Map<string, unknown>).set('more', { shape: [1], data: new Uint8Array(1) }),
  ],
  [
    'an array of another type',
    ({ tensors }) => (tensors as Map<string, unknown>).set('numbers', { shape: [2], data: new Int32Array(2) }),
  ],
  ['other values', ({ metadata }) => Object.assign(metadata, { values: '{"value":2}' })],
  ['values that are null', ({ metadata }) => Object.assign(metadata, { values: 'null' })],
  ['values that are no JSON', ({ metadata }) => Object.assign(metadata, { values: '{' })],
  ['values that are nested deeply', ({ metadata }) => Object.assign(metadata, { values: '['.repeat(20_000) })],
  ['no checksum', ({ metadata }) => Reflect.deleteProperty(metadata, 'digest')],
  ['another step before it', ({ metadata }) => Object.assign(metadata, { previous: 'x' })],
])('refuses a step with %s', async (_, change) => {
  const store = await written();
  edit(store, STEP, change);
  const again = goThrough(await open(store, { seed: 1 }, true), 'abc');
  await expect(again).rejects.toThrow(CheckpointError);
  await expect(again).rejects.toThrow('step-000001.safetensors: is damaged: its values do not have the checksum');
});

it('refuses a flipped bit anywhere in a step', async () => {
  const whole = await written();
  const bytes = whole.files.get(STEP) ?? new Uint8Array();
  for (let at = 0; at < bytes.length; at += 3) {
    const store = memoryStore(whole.files);
    const copy = bytes.slice();
    copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
    store.files.set(STEP, copy);
    const again = goThrough(await open(store, { seed: 1 }, true), 'abc');
    await expect(again, `byte ${at}`).rejects.toThrow(CheckpointError);
  }
});

it('refuses steps of two runs in one folder, and a step that was taken out', async () => {
  const store = await written();
  const other = memoryStore();
  const journal = await open(other, { seed: 1 }, false);
  for (const label of 'abc') await journal.step(label, async () => ({ ...entry(0), values: { value: 0, seconds: 5 } }));
  store.files.set(STEP, other.files.get(STEP) ?? new Uint8Array());
  await expect(goThrough(await open(store, { seed: 1 }, true), 'abc')).rejects.toThrow(
    'must follow the step before it, but it follows another one: steps of two runs were mixed, or one was taken out.',
  );
  const cut = await written();
  cut.files.set(STEP, cut.files.get('step-000002.safetensors') ?? new Uint8Array());
  await expect(goThrough(await open(cut, { seed: 1 }, true), 'ac')).rejects.toThrow('must follow the step before it');
});

it.each([
  'null',
  '[]',
  '3',
  '{}',
  '{"format":"st-evaluation","version":"2","identity":null,"batchSize":4}',
  `${'['.repeat(30_000)}`,
])('refuses an evaluation.json that holds %.40s', async (text) => {
  const store = await written();
  store.files.set('evaluation.json', new TextEncoder().encode(text));
  await expect(open(store, { seed: 1 }, true)).rejects.toThrow('must describe an evaluation of version 2');
});

it('tells an evaluation.json that was edited', async () => {
  const edited = async (change: (held: { identity: object; batchSize: number }) => void): Promise<MemoryStore> => {
    const store = await written();
    const held = JSON.parse(new TextDecoder().decode(store.files.get('evaluation.json')));
    change(held);
    store.files.set('evaluation.json', new TextEncoder().encode(JSON.stringify(held)));
    return store;
  };
  const reseeded = await edited((held) => Object.assign(held.identity, { seed: [[[[[1]]]]] }));
  await expect(open(reseeded, { seed: 1 }, true)).rejects.toThrow('memory holds another evaluation: its seed is');
  const other = await edited((held) => Object.assign(held, { batchSize: 9 }));
  await expect(goThrough(await open(other, { seed: 1 }, true), 'abc')).rejects.toThrow('its evaluation is');
  expect((await open(await written(), { seed: 1 }, true)).batchSize).toBe(4);
});

it('ends where its folder went away', async () => {
  const store = memoryStore();
  const journal = await open(store, { seed: 1 }, false);
  await goThrough(journal, 'a');
  store.files.clear();
  await expect(goThrough(journal, 'b')).rejects.toThrow(
    'its evaluation.json is gone: the folder was moved or deleted while the evaluation ran. Resume it where it is now.',
  );
  expect(store.files.size).toBe(0);
});
