import { memoryStore } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { Objective } from '../contracts/objective.ts';
import type { Search } from '../contracts/search.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import type { FitEvaluationEvent, FitEvent } from './fit-event.ts';
import { disposeMade, run, stopAfter } from './fit-in-memory.fixture.ts';
import type { FitOptions } from './fit-options.ts';
import { noiseObjective } from './noise-objective.fixture.ts';

afterEach(disposeMade);

/** A strong attack, against which training learns little. */
const gray: Search<'adversarial'> = (_classifier, { images }) =>
  tf.tidy(() => ({ adversarial: tf.fill(images.shape, 0.5) as tf.Tensor4D }));
const natural: Objective = { ...noiseObjective, criterion: 'natural' };

const evaluationsOf = (events: readonly FitEvent[]): FitEvaluationEvent[] =>
  events.filter((event) => event.type === 'evaluation');

describe('the criterion of the best checkpoint', () => {
  it.each<[string, Partial<FitOptions>, 'natural' | 'robust' | 'custom']>([
    ['robust accuracy by default, with an attack', { evaluation: { search: gray } }, 'robust'],
    ['natural accuracy without an attack', { evaluation: {} }, 'natural'],
    [
      'natural accuracy of an objective that trains for it',
      { objective: natural, evaluation: { search: gray } },
      'natural',
    ],
    ['the given one', { evaluation: { search: gray, criterion: 'natural' } }, 'natural'],
    [
      'the given one, not that of the objective',
      { objective: natural, evaluation: { search: gray, criterion: 'robust' } },
      'robust',
    ],
    [
      'a custom score',
      {
        evaluation: {
          search: gray,
          criterion: ({ natural, adversarial }) => natural.accuracy + (adversarial?.accuracy ?? 0),
        },
      },
      'custom',
    ],
  ])('is %s, and is reported', async (_title, options, criterion) => {
    const { result, events } = await run({ epochs: 4, ...options });
    expect(result.criterion).toBe(criterion);
    const evaluations = evaluationsOf(events);
    for (const { evaluation, score, criterion: reported } of evaluations) {
      const [clean, attacked] = [evaluation.natural.accuracy, evaluation.adversarial?.accuracy ?? 0];
      expect(reported).toBe(criterion);
      expect(score).toBe({ natural: clean, robust: attacked, custom: clean + attacked }[criterion]);
    }
    const best = Math.max(...evaluations.map(({ score }) => score));
    expect(result.best?.score).toBe(best);
    expect(result.best?.epoch).toBe(evaluations.find(({ score }) => score === best)?.epoch);
  });

  it('is refused if it is unknown, needs an attack, or returns no number', async () => {
    const failing = (evaluation: object) => expect(run({ evaluation: evaluation as never })).rejects;
    await failing({ criterion: 'best' }).toThrow("criterion must be one of 'natural', 'robust', got 'best'.");
    await failing({ criterion: 'robust' }).toThrow("evaluation.criterion 'robust' needs evaluation.search");
    await failing({ criterion: () => Number.NaN }).toThrow(
      'the score of evaluation.criterion must be a finite number, got NaN.',
    );
    await failing({ criterion: 'best' }).toBeInstanceOf(InvalidArgumentError);
  });

  it('must be the same when a run is resumed', async () => {
    const store = memoryStore();
    const evaluation = { search: gray };
    await run({ checkpoint: store, evaluation, ...stopAfter(5) });
    await expect(
      run({ checkpoint: store, evaluation: { ...evaluation, criterion: 'natural' }, resume: true }),
    ).rejects.toThrow('evaluation.criterion');
    expect(
      (await run({ checkpoint: store, evaluation: { ...evaluation, criterion: 'robust' }, resume: true })).result
        .status,
    ).toBe('finished');
  });
});
