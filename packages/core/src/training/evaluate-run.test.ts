import { memoryStore, miniatureDataset } from '@st/testing';
import { afterEach, describe, expect, it } from 'vitest';

import type { Dataset } from '../dataset.ts';
import type { TrainOptimizer } from '../optimizer/train-optimizer.ts';
import { evaluate } from './evaluate.ts';
import type { FitEvaluationEvent, FitEvent } from './fit-event.ts';
import { disposeMade, run, stopAfter } from './fit-in-memory.fixture.ts';
import type { FitOptions } from './fit-options.ts';
import { noiseSearch } from './noise-objective.fixture.ts';

afterEach(disposeMade);

const evaluationsOf = (events: readonly FitEvent[]): FitEvaluationEvent[] =>
  events.filter((event) => event.type === 'evaluation');

describe('fit, evaluating', () => {
  it('evaluates at every `everySteps` steps and at the ends of epochs, once if both coincide', async () => {
    const { events } = await run({ evaluation: { search: noiseSearch, everySteps: 4, every: 2 } }); // 4 steps per epoch
    expect(evaluationsOf(events).map(({ step }) => step)).toEqual([4, 8, 12]);
    const odd = await run({ evaluation: { search: noiseSearch, everySteps: 3 } });
    expect(evaluationsOf(odd.events).map(({ step, epoch }) => [step, epoch])).toEqual([
      [3, 1],
      [4, 1],
      [6, 2],
      [8, 2],
      [9, 3],
      [12, 3],
    ]);
    const last = odd.events.findLastIndex(({ type }) => type === 'evaluation');
    expect(odd.events.slice(last + 1).map(({ type }) => type)).toEqual(['epoch', 'end']);
  });

  it.each([1, 2, 3, 5])('resumes bit for bit with such evaluations, stopped after step %i', async (step) => {
    const [whole, cut] = [memoryStore(), memoryStore()];
    const options: Partial<FitOptions> = {
      evaluation: { search: noiseSearch, everySteps: 3, patience: 50, trainingExamples: 6 },
    };
    const all = await run({ ...options, checkpoint: whole });
    const first = await run({ ...options, checkpoint: cut, ...stopAfter(step) });
    const second = await run({ ...options, checkpoint: cut, resume: true });
    for (const [file, bytes] of whole.files) expect(cut.files.get(file), file).toEqual(bytes);
    const timeless = (events: readonly FitEvent[]) => evaluationsOf(events).map(({ seconds, ...rest }) => rest);
    expect([...timeless(first.events), ...timeless(second.events)]).toEqual(timeless(all.events));
  });

  it('stops early if the score did not improve for `patience` evaluations, and stays stopped', async () => {
    const store = memoryStore();
    // with rate 0 nothing is learned, so the first evaluation stays the best
    const options: Partial<FitOptions> = {
      epochs: 20,
      evaluation: { search: noiseSearch, patience: 3 },
      optimizer: frozenOptimizer,
      checkpoint: store,
    };
    const { result, events } = await run(options);
    expect(result.status).toBe('stopped-early');
    expect(evaluationsOf(events).map(({ epoch, best }) => [epoch, best])).toEqual([
      [1, true],
      [2, false],
      [3, false],
      [4, false],
    ]);
    expect(result.step).toBe(16);
    expect(result.best?.epoch).toBe(1);
    const before = store.files.get('last.safetensors');
    const again = await run({ ...options, resume: true });
    expect(again.result).toEqual(result);
    expect(again.events.map(({ type }) => type)).toEqual(['start', 'end']);
    expect(store.files.get('last.safetensors')).toEqual(before);
  });

  it('monitors a fixed part of the training set without augmentation, and reports the gap', async () => {
    const asked: { indices: number[]; augmented: boolean }[] = [];
    const inner = miniatureDataset();
    const train: Dataset = {
      ...inner,
      batch: (indices, rng) => {
        asked.push({ indices: Array.from(indices), augmented: rng !== undefined });
        return inner.batch(indices, rng);
      },
    };
    const options: Partial<FitOptions> = { evaluation: { search: noiseSearch, trainingExamples: 10, batchSize: 10 } };
    const { events, model } = await run(options, { train });
    const monitored = asked.filter(({ augmented }) => !augmented).map(({ indices }) => indices);
    expect(monitored).toHaveLength(3);
    expect(new Set(monitored[0]).size).toBe(10);
    expect(monitored).toEqual([monitored[0], monitored[0], monitored[0]]);
    const evaluations = evaluationsOf(events);
    for (const { training, gap, score } of evaluations) {
      expect(training?.adversarial?.total).toBe(10);
      expect(gap).toBeCloseTo((training?.adversarial?.accuracy ?? Number.NaN) - score, 12);
    }
    const chosen = monitored[0] ?? [];
    const byHand: Dataset = {
      ...inner,
      size: 10,
      batch: (indices) => inner.batch(Array.from(indices, (i) => chosen[i] ?? 0)),
    };
    expect(await evaluate(model, byHand, { search: noiseSearch, seed: 1 })).toEqual(evaluations.at(-1)?.training);
    const plain = await run();
    expect(evaluationsOf(plain.events).every(({ training, gap }) => training === null && gap === null)).toBe(true);
  });

  it.each<[FitOptions['evaluation'], string]>([
    [{ everySteps: 0 }, '[@st/core] fit: evaluation.everySteps must be an integer >= 1, got 0.'],
    [{ patience: 0.5 }, '[@st/core] fit: evaluation.patience must be an integer >= 1, got 0.5.'],
    [{ trainingExamples: 51 }, '[@st/core] fit: evaluation.trainingExamples must be an integer in [1, 50], got 51.'],
  ])('refuses %o', async (evaluation, message) => {
    await expect(run(evaluation ? { evaluation } : {})).rejects.toThrow(message);
  });
});

const frozenOptimizer: TrainOptimizer = {
  update: () => undefined,
  learningRateAt: () => 0,
  setProgress: () => undefined,
  state: () => ({ steps: 0, slots: new Map() }),
  restore: () => undefined,
  hyperparameters: () => ({ name: 'none' }),
};
