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

/** Runs the steps named by the letters of `labels`; returns those that were computed rather than read back. */
async function runSteps(journal: Journal, labels: string): Promise<string[]> {
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

it('computes each step once and reads it back afterwards', async () => {
  const store = memoryStore();
  expect(await runSteps(await open(store, { seed: 1 }, false), 'ab')).toEqual(['a', 'b']);
  expect(await runSteps(await open(store, { seed: 1 }, true), 'abcd')).toEqual(['c', 'd']);
  expect(await runSteps(await open(store, { seed: 1 }, true), 'abcd')).toEqual([]);
});

it('starts from the beginning if there is nothing to resume', async () => {
  expect(await runSteps(await open(memoryStore(), {}, true), 'a')).toEqual(['a']);
});

it('rejects a store that holds another evaluation, or this one without resume', async () => {
  const store = memoryStore();
  await open(store, { seed: 1, attacks: [{ name: 'pgd', steps: 20 }] }, false);
  const other = { seed: 1, attacks: [{ name: 'pgd', steps: 40 }] };
  for (const resume of [true, false]) {
    await expect(open(store, other, resume)).rejects.toThrow(
      '[@st/evaluation] test: memory holds another evaluation: its attacks.0.steps is 20, not 40. Change it back to continue that evaluation, or use another folder.',
    );
  }
  const same = { attacks: [{ steps: 20, name: 'pgd' }], seed: 1 }; // the order of keys does not matter
  await expect(open(store, same, false)).rejects.toThrow(
    'memory already holds this evaluation. Pass resume: true to continue it, or use another folder.',
  );
  expect(await runSteps(await open(store, same, true), 'ab')).toEqual(['a', 'b']);
  expect(store.files.size).toBe(3);
});

it('rejects files that are damaged, belong to another evaluation, or are not an evaluation', async () => {
  const store = memoryStore();
  await runSteps(await open(store, { seed: 1 }, false), 'ab');
  const again = async (labels = 'ab'): Promise<string[]> => runSteps(await open(store, { seed: 1 }, true), labels);
  await expect(again('xb')).rejects.toThrow(
    `memory/step-000000.safetensors: must be the step 'x' of this evaluation, but its label is "a" instead of "x".`,
  );
  const elsewhere = memoryStore();
  await runSteps(await open(elsewhere, { seed: 2 }, false), 'ab');
  store.files.set('step-000001.safetensors', elsewhere.files.get('step-000001.safetensors') ?? new Uint8Array());
  await expect(again()).rejects.toThrow("step-000001.safetensors: must be the step 'b' of this evaluation");
  store.files.set('step-000000.safetensors', new Uint8Array(5));
  await expect(again()).rejects.toThrow('Delete it and all later steps, then resume: they are computed again.');
  await expect(again()).rejects.toThrow(CheckpointError);
  store.files.set('evaluation.json', new TextEncoder().encode('{"half'));
  await expect(again()).rejects.toThrow(
    'memory/evaluation.json must describe an evaluation of version 2, but does not.',
  );
});

/** Changes the tensors or the metadata of a step, but not its checksum. */
function edit(store: MemoryStore, file: string, change: (step: ReturnType<typeof readSafetensors>) => void): void {
  const step = readSafetensors(store.files.get(file) ?? new Uint8Array());
  change(step);
  store.files.set(file, writeSafetensors(step.tensors, step.metadata));
}

const STEP = 'step-000001.safetensors';
const written = async (): Promise<MemoryStore> => {
  const store = memoryStore();
  await runSteps(await open(store, { seed: 1 }, false), 'abc');
  return store;
};

it.each<[string, (step: ReturnType<typeof readSafetensors>) => void]>([
  ['changed array values', ({ tensors }) => tensors.get('numbers')?.data.fill(7 as never)],
  ['a removed array', ({ tensors }) => (tensors as Map<string, unknown>).delete('numbers')],
  [
    'an added array',
    ({ tensors }) => (tensors as Map<string, unknown>).set('more', { shape: [1], data: new Uint8Array(1) }),
  ],
  [
    'an array of another type',
    ({ tensors }) => (tensors as Map<string, unknown>).set('numbers', { shape: [2], data: new Int32Array(2) }),
  ],
  ['changed values', ({ metadata }) => Object.assign(metadata, { values: '{"value":2}' })],
  ['values that are null', ({ metadata }) => Object.assign(metadata, { values: 'null' })],
  ['values that are not valid JSON', ({ metadata }) => Object.assign(metadata, { values: '{' })],
  ['deeply nested values', ({ metadata }) => Object.assign(metadata, { values: '['.repeat(20_000) })],
  ['no checksum', ({ metadata }) => Reflect.deleteProperty(metadata, 'digest')],
  ['another previous step', ({ metadata }) => Object.assign(metadata, { previous: 'x' })],
])('rejects a step with %s', async (_, change) => {
  const store = await written();
  edit(store, STEP, change);
  const again = runSteps(await open(store, { seed: 1 }, true), 'abc');
  await expect(again).rejects.toThrow(CheckpointError);
  await expect(again).rejects.toThrow('step-000001.safetensors: is damaged: its content does not match its checksum.');
});

it('rejects a step with any bit flipped', async () => {
  const whole = await written();
  const bytes = whole.files.get(STEP) ?? new Uint8Array();
  for (let at = 0; at < bytes.length; at += 3) {
    const store = memoryStore(whole.files);
    const copy = bytes.slice();
    copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
    store.files.set(STEP, copy);
    const again = runSteps(await open(store, { seed: 1 }, true), 'abc');
    await expect(again, `byte ${at}`).rejects.toThrow(CheckpointError);
  }
});

it('rejects steps of two runs in one folder, and a missing step', async () => {
  const store = await written();
  const other = memoryStore();
  const journal = await open(other, { seed: 1 }, false);
  for (const label of 'abc') await journal.step(label, async () => ({ ...entry(0), values: { value: 0, seconds: 5 } }));
  store.files.set(STEP, other.files.get(STEP) ?? new Uint8Array());
  await expect(runSteps(await open(store, { seed: 1 }, true), 'abc')).rejects.toThrow(
    'must follow the previous step, but follows another one: steps of two runs were mixed, or one was removed.',
  );
  const cut = await written();
  cut.files.set(STEP, cut.files.get('step-000002.safetensors') ?? new Uint8Array());
  await expect(runSteps(await open(cut, { seed: 1 }, true), 'ac')).rejects.toThrow('must follow the previous step');
});

it.each([
  'null',
  '[]',
  '3',
  '{}',
  '{"format":"st-evaluation","version":"2","identity":null,"batchSize":4}',
  `${'['.repeat(30_000)}`,
])('rejects an evaluation.json that holds %.40s', async (text) => {
  const store = await written();
  store.files.set('evaluation.json', new TextEncoder().encode(text));
  await expect(open(store, { seed: 1 }, true)).rejects.toThrow('must describe an evaluation of version 2');
});

it('rejects an edited evaluation.json', async () => {
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
  await expect(runSteps(await open(other, { seed: 1 }, true), 'abc')).rejects.toThrow('its evaluation is');
  expect((await open(await written(), { seed: 1 }, true)).batchSize).toBe(4);
});

it('throws if its folder is deleted during the evaluation', async () => {
  const store = memoryStore();
  const journal = await open(store, { seed: 1 }, false);
  await runSteps(journal, 'a');
  store.files.clear();
  await expect(runSteps(journal, 'b')).rejects.toThrow(
    'its evaluation.json is gone: the folder was moved or deleted during the evaluation. Resume from its new path.',
  );
  expect(store.files.size).toBe(0);
});
