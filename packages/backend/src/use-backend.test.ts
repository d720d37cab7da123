import { BackendError } from '@st/core';
import { testBackend } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';

import type { Candidate, Readied } from './candidates/candidate.ts';
import { activateFirst, useBackend } from './use-backend.ts';

const candidate = (name: Candidate['name'], readied: Readied): Candidate => ({
  name,
  remedy: `Install ${name}`,
  ready: async () => readied,
});

const active = { registered: testBackend() };

afterEach(async () => {
  await tf.setBackend(testBackend());
});

describe('useBackend', () => {
  it('activates the named back end and reports it in one line', async () => {
    const report = await useBackend('cpu');
    expect(tf.getBackend()).toBe('cpu');
    expect(report).toEqual({ name: 'cpu', line: 'back end cpu', skipped: [] });
  });

  it("activates the fastest usable one with 'auto', and reports why each faster one was skipped", async () => {
    const { name, line, skipped } = await useBackend('auto');
    expect(name).not.toBe('cpu'); // wasm is installed here
    expect(skipped.length).toBeGreaterThan(0);
    expect(line).toBe(`back end ${name} (${skipped.map((other) => `${other.name}: ${other.why}`).join('; ')})`);
    expect(skipped[0]).toEqual({ name: 'tfjs-node-gpu', why: 'not installed' });
  });

  it('changes nothing when called again', async () => {
    const kernels = tf.getKernelsForBackend(testBackend());
    const again = await useBackend(testBackend());
    expect(again.name).toBe(testBackend());
    expect(tf.getKernelsForBackend(testBackend())).toEqual(kernels);
  });

  it('gives calls at once the same back end', async () => {
    const alone = await useBackend('auto');
    await tf.setBackend(testBackend());
    expect(await Promise.all([useBackend('auto'), useBackend('auto')])).toEqual([alone, alone]);
    expect(tf.getBackend()).toBe(alone.name);
  });

  it('throws for an unknown name and an unknown option', async () => {
    await expect(useBackend('gpu' as 'auto')).rejects.toThrow(
      "[@st/backend] useBackend: name must be one of 'auto', 'tfjs-node-gpu', 'native', 'tfjs-node', 'webgpu', 'st-wasm', 'wasm', 'cpu', got 'gpu'.",
    );
    await expect(useBackend('cpu', { threads: 2 } as object)).rejects.toThrow(
      "[@st/backend] useBackend: unknown option 'threads'. Known: wasmPath.",
    );
  });

  it('throws with the command to install for a back end that is not installed', async () => {
    const failure = useBackend('tfjs-node');
    await expect(failure).rejects.toBeInstanceOf(BackendError);
    await expect(failure).rejects.toThrow(
      "[@st/backend] useBackend: back end 'tfjs-node' cannot be used: not installed. Install it with: npm install @tensorflow/tfjs-node; or let 'auto' choose another.",
    );
  });
});

describe('activateFirst', () => {
  it('tries the next candidate if one cannot be used', async () => {
    const candidates = [candidate('native', { why: 'no module' }), candidate('cpu', active)];
    expect(await activateFirst(candidates, { asked: false })).toEqual({
      name: 'cpu',
      line: 'back end cpu (native: no module)',
      skipped: [{ name: 'native', why: 'no module' }],
    });
  });

  it('tries the next candidate if tf.removeBackend has removed one', async () => {
    const candidates = [candidate('native', { registered: 'removed' }), candidate('cpu', active)];
    const { skipped } = await activateFirst(candidates, { asked: false });
    expect(skipped).toEqual([{ name: 'native', why: "tf.removeBackend('removed') has removed it" }]);
  });

  it('adds to the line why the active one is slower than it could be', async () => {
    const slow = candidate('st-wasm', { ...active, note: () => 'on one thread: no headers' });
    const { line } = await activateFirst([candidate('native', { why: 'no module' }), slow], { asked: false });
    expect(line).toBe('back end st-wasm, on one thread: no headers (native: no module)');
  });

  it('does not try slower ones once one is active', async () => {
    const slower: Candidate = { ...candidate('cpu', active), ready: () => Promise.reject(new Error('tried')) };
    await expect(activateFirst([candidate('wasm', active), slower], { asked: false })).resolves.toMatchObject({
      name: 'wasm',
    });
  });

  it.each([
    [{ why: 'not installed' }, 'not installed. Install st-wasm; or let'],
    [{ why: 'the file is damaged', advice: 'Build it again.' }, "the file is damaged. Build it again. Let 'auto'"],
    [{ why: 'ST_NUM_THREADS must be a whole number', advice: '' }, "must be a whole number. Let 'auto'"],
  ])('says of a named one what helps: %j', async (readied, message) => {
    await expect(activateFirst([candidate('st-wasm', readied)], { asked: true })).rejects.toThrow(message);
  });

  it('throws with the reasons if none can be used', async () => {
    const candidates = [candidate('native', { why: 'no module' }), candidate('cpu', { why: 'not installed' })];
    await expect(activateFirst(candidates, { asked: false })).rejects.toThrow(
      '[@st/backend] useBackend: no back end can be used (native: no module; cpu: not installed). Install one: npm install @st/backend-native @st/backend-wasm.',
    );
  });
});
