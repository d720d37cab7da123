import { memoryStore } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';

import { decodeCheckpoint } from '../checkpoints/checkpoint.ts';
import type { Search } from '../contracts/search.ts';
import type { FitEvent, FitOverfittingEvent } from './fit-event.ts';
import { disposeMade, run, stopAfter } from './fit-in-memory.fixture.ts';
import type { CatastrophicOverfittingOptions, FitOptions } from './fit-options.ts';
import { noiseObjective, noiseSearch } from './noise-objective.fixture.ts';

afterEach(disposeMade);

/** Returns the natural images; from its `from`-th call on, black ones, of which at most one class is classified correctly. */
function failingFrom(from: number): Search<'adversarial'> {
  let calls = 0;
  return (_classifier, { images }) => ({ adversarial: ++calls < from ? tf.clone(images) : tf.zerosLike(images) });
}

const checksOf = (events: readonly FitEvent[]): FitOverfittingEvent[] =>
  events.filter((event) => event.type === 'overfitting-check');

const watching = (options: CatastrophicOverfittingOptions): Partial<FitOptions> => ({
  epochs: 8,
  catastrophicOverfitting: options,
});

describe('fit, checking for catastrophic overfitting', () => {
  it('compares the accuracies on one batch at the end of each epoch, and reports them', async () => {
    const { events, result } = await run(watching({ search: noiseSearch }));
    expect(checksOf(events).map(({ step }) => step)).toEqual([4, 8, 12, 16, 20, 24, 28, 32]);
    expect(checksOf(events).every(({ overfitted, rolledBack }) => !overfitted && rolledBack === null)).toBe(true);
    // a full batch of 16, although an epoch of 50 ends with two images
    for (const { training, attacked } of checksOf(events)) {
      expect(Number.isInteger(16 * training) && Number.isInteger(16 * attacked)).toBe(true);
    }
    expect(checksOf(events).some(({ training }) => training > 0 && training < 1)).toBe(true);
    expect(result.status).toBe('finished');
  });

  it('only reports by default', async () => {
    const search = failingFrom(1);
    const { events, result } = await run(watching({ search, everySteps: 10 }));
    const checks = checksOf(events);
    expect(checks.map(({ step }) => step)).toEqual([10, 20, 30]);
    expect(checks.at(-1)).toMatchObject({ overfitted: true, rolledBack: null });
    expect(checks.at(-1)?.training).toBeGreaterThan((checks.at(-1)?.attacked ?? 1) + 0.2);
    expect(result.status).toBe('finished');
  });

  it('does not affect training: weights, statistics and draws are those of a run without checks', async () => {
    const [plain, looking] = [memoryStore(), memoryStore()];
    await run({ epochs: 2, checkpoint: plain });
    await run({ ...watching({ search: noiseSearch, everySteps: 1 }), epochs: 2, checkpoint: looking });
    const tensorsIn = (store: typeof plain) =>
      decodeCheckpoint(store.files.get('last.safetensors') ?? new Uint8Array()).tensors;
    for (const [name, { data }] of tensorsIn(plain)) expect(tensorsIn(looking).get(name)?.data, name).toEqual(data);
  });

  it('with stop, restores the last sound weights and ends the run, which a resumption does not continue', async () => {
    const store = memoryStore();
    const options = (search: Search<'adversarial'>) => ({
      ...watching({ search, everySteps: 6, action: 'stop' }),
      checkpoint: store,
      checkpointEvery: 1,
    });
    const weights: string[] = [];
    const snapshot = (): string =>
      JSON.stringify(
        [...decodeCheckpoint(store.files.get('last.safetensors') ?? new Uint8Array()).tensors]
          .filter(([name]) => /^(weights|statistics)\//.test(name))
          .map(([name, { data }]) => [name, Array.from(data, Number)]),
      );
    const { events, result } = await run({
      ...options(failingFrom(4)),
      onEvent: (event) => {
        if (event.type === 'checkpoint' && event.kind === 'last') weights[event.step] = snapshot();
      },
    });
    expect(result).toMatchObject({ status: 'catastrophic-overfitting', step: 24 });
    expect(checksOf(events).map(({ overfitted, rolledBack }) => [overfitted, rolledBack])).toEqual([
      [false, null],
      [false, null],
      [false, null],
      [true, 18],
    ]);
    expect(snapshot()).toBe(weights[18]);
    const again = await run({ ...options(noiseSearch), resume: true });
    expect(again.result.status).toBe('catastrophic-overfitting');
    expect(again.events.filter(({ type }) => type === 'step')).toEqual([]);
  });

  it('resumes bit for bit, including the weights to restore', async () => {
    const [whole, cut] = [memoryStore(), memoryStore()];
    const options = watching({ search: noiseSearch, everySteps: 3, action: 'stop' });
    await run({ ...options, epochs: 3, checkpoint: whole });
    await run({ ...options, epochs: 3, checkpoint: cut, ...stopAfter(4) });
    await run({ ...options, epochs: 3, checkpoint: cut, resume: true });
    expect(cut.files.get('last.safetensors')).toEqual(whole.files.get('last.safetensors'));
    const { tensors } = decodeCheckpoint(whole.files.get('last.safetensors') ?? new Uint8Array());
    expect([...tensors.keys()]).toContain('lastGood/weights/logits/kernel');
  });

  it('leaks no tensor', async () => {
    const options = watching({ search: noiseSearch, everySteps: 2, action: 'stop' });
    const before = tf.memory().numTensors;
    await run({ ...options, epochs: 1 });
    disposeMade();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('checks only when the objective finds adversarial examples, and passes it the progress', async () => {
    const late: FitOptions['objective'] = {
      ...noiseObjective,
      search: (classifier, batch, rng, context) => {
        const examples = noiseObjective.search(classifier, batch, rng);
        if ((context?.progress?.epoch ?? Number.NaN) > 1) return examples;
        examples.views.adversarial?.dispose();
        return { ...examples, views: { natural: examples.views.natural } };
      },
    };
    const options = watching({ search: noiseSearch, everySteps: 2 });
    const { events } = await run({ ...options, epochs: 2, objective: late });
    expect(checksOf(events).map(({ step }) => step)).toEqual([6, 8]);
  });

  it('refuses invalid options', async () => {
    const where = '[@st/core] fit: catastrophicOverfitting';
    await expect(run(watching({ search: 'pgd' as never }))).rejects.toThrow(
      `${where}: search must be a function, got 'pgd'.`,
    );
    await expect(run(watching({ search: noiseSearch, tolerance: 1 }))).rejects.toThrow(
      `${where}: tolerance must be a finite number in (0, 1), got 1.`,
    );
    await expect(run(watching({ search: noiseSearch, action: 'warn' as 'stop' }))).rejects.toThrow(
      `${where}: action must be one of 'report', 'stop', got 'warn'.`,
    );
    await expect(run(watching({ search: noiseSearch, everySteps: 0 }))).rejects.toThrow(
      `${where}: everySteps must be an integer >= 1, got 0.`,
    );
  });
});
