import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeCheckpoint } from '../checkpoints/checkpoint.ts';
import { createRng } from '../rng.ts';

const CHILD = fileURLToPath(new URL('fit-child.fixture.ts', import.meta.url));
const STEPS = 48;

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'st-kill-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** When to kill the child: `delay` milliseconds after `steps` steps. */
type Kill = { readonly steps: number; readonly delay: number };

/** Runs the child until it ends or is killed. Returns the steps that it printed. */
async function train(run: string, kill?: Kill): Promise<{ steps: number[]; killed: boolean }> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, run], { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close'); // registered first, so that the event cannot be missed
  let printed = '';
  let failed = '';
  let due = false;
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
    if (due || !kill || printed.split('\n').length <= kill.steps) return;
    due = true;
    setTimeout(() => child.kill('SIGKILL'), kill.delay);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    failed += chunk.toString();
  });
  const [code, signal] = await closed;
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`the child ended with code ${code}: ${failed}`);
  return { steps: printed.split('\n').filter(Boolean).map(Number), killed: signal === 'SIGKILL' };
}

it('a run that is repeatedly killed and resumed gives the same bytes as an uninterrupted one', async () => {
  const whole = join(folder, 'whole');
  const chopped = join(folder, 'chopped');
  expect((await train(whole)).steps).toEqual(Array.from({ length: STEPS }, (_, i) => i + 1));
  const rng = createRng(1);
  // the second kill precedes the first checkpoint after the resumption; the delays end in steps, evaluations and writes
  for (const steps of [5, 1, 7, 6]) {
    expect((await train(chopped, { steps, delay: rng.integer(12) })).killed).toBe(true);
  }
  const last = await train(chopped);
  expect(last.steps.length).toBeLessThanOrEqual(STEPS - 12);
  expect(last.steps.at(-1)).toBe(STEPS);
  for (const file of ['last.safetensors', 'best.safetensors']) {
    const [a, b] = await Promise.all([readFile(join(whole, file)), readFile(join(chopped, file))]);
    expect(b.equals(a), file).toBe(true);
  }
  const { run, tensors } = decodeCheckpoint(await readFile(join(chopped, 'last.safetensors')));
  expect([run.epoch, run.step, run.optimizerSteps]).toEqual([13, 0, STEPS]);
  expect([...tensors.keys()]).toContain('optimizer/momentum/logits/kernel');
});
