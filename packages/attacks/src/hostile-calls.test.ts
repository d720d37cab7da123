import { type Batch, createRng, type Rng, StError } from '@st/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { linf } from './ball/threat.ts';
import { everyAttack, everySearch } from './fixtures/every-attack.fixture.ts';
import { randomnessOf } from './fixtures/run-attack.fixture.ts';
import { severalClasses } from './fixtures/several-classes.fixture.ts';

const classifier = severalClasses(4);
const threat = linf(0.1);
const WRONG = [undefined, null, Promise.resolve(), 'x', 7, {}, { xs: 1, ys: 2 }, () => 1];

describe.each(Object.keys(everySearch(threat)))('the search %s', (name) => {
  const search = everySearch(threat)[name];
  it('rejects anything else for a classifier, a batch or a stream by a typed error', () => {
    const batch = { images: tf.fill<tf.Rank.R4>([1, 4, 4, 1], 0.5), labels: tf.tensor1d([0], 'int32') };
    for (const wrong of WRONG as unknown[]) {
      expect(() => search?.(wrong as typeof classifier, batch, createRng(1))).toThrow(StError);
      expect(() => search?.(classifier, wrong as Batch, createRng(1))).toThrow(StError);
      expect(() => search?.(classifier, batch, wrong as Rng)).toThrow(StError);
    }
    expect(() => search?.(classifier, batch, 7 as unknown as Rng)).toThrow('createRng(7)');
    tf.dispose([batch.images, batch.labels]);
  });
});

it.each(everyAttack(threat, classifier).map((attack) => [attack.name, attack] as const))(
  'the attack %s rejects anything else for a classifier, a batch, streams, a signal or a judge by a typed error',
  async (_, attack) => {
    const batch = { images: tf.fill<tf.Rank.R4>([1, 4, 4, 1], 0.5), labels: tf.tensor1d([0], 'int32') };
    for (const wrong of WRONG as unknown[]) {
      await expect(
        (async () => attack.run(wrong as typeof classifier, batch, randomnessOf(1, [0])))(),
      ).rejects.toBeInstanceOf(StError);
      await expect((async () => attack.run(classifier, wrong as Batch, randomnessOf(1, [0])))()).rejects.toBeInstanceOf(
        StError,
      );
      await expect(
        (async () => attack.run(classifier, batch, wrong as ReturnType<typeof randomnessOf>))(),
      ).rejects.toBeInstanceOf(StError);
    }
    for (const options of [{ signal: 7 }, { signal: {} }, { judge: 7 }, { judge: {} }] as object[]) {
      await expect(attack.run(classifier, batch, randomnessOf(1, [0]), options)).rejects.toBeInstanceOf(StError);
    }
    tf.dispose([batch.images, batch.labels]);
  },
);
