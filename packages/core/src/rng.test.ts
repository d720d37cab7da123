import { countTensors, expectClose } from '@st/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from './errors/errors.ts';
import { createRng, restoreRng } from './rng.ts';

const draw = (rng: { next(): number }, count: number): number[] => Array.from({ length: count }, () => rng.next());

describe('createRng', () => {
  it('gives the same stream for the same seed, and different ones for different seeds', () => {
    expect(draw(createRng(7), 5)).toEqual(draw(createRng(7), 5));
    expect(draw(createRng(7), 5)).not.toEqual(draw(createRng(8), 5));
    expect(draw(createRng(7), 5)).not.toEqual(draw(createRng(7 + 2 ** 32), 5));
  });

  it('splits only by label, independent of earlier draws', () => {
    const fresh = createRng(1);
    const used = createRng(1);
    draw(used, 100);
    expect(draw(used.split('epoch 3'), 5)).toEqual(draw(fresh.split('epoch 3'), 5));
    expect(draw(fresh.split('epoch 3'), 5)).not.toEqual(draw(fresh.split('epoch 4'), 5));
  });

  it('continues from a state saved as JSON', () => {
    const rng = createRng(11);
    draw(rng, 13);
    const resumed = restoreRng(JSON.parse(JSON.stringify(rng.state())));
    expect(draw(resumed, 20)).toEqual(draw(rng, 20));
    expect(draw(resumed.split('x'), 3)).toEqual(draw(rng.split('x'), 3));
  });

  it('draws uniform and normal tensors with the requested moments', () => {
    tf.tidy(() => {
      const uniform = tf.moments(createRng(2).uniform([40_000], -2, 4));
      expectClose(uniform.mean, [1], 0.05);
      expectClose(uniform.variance, [3], 0.05);
      const normal = tf.moments(createRng(3).normal([40_001], 5, 2));
      expectClose(normal.mean, [5], 0.01);
      expectClose(normal.variance, [4], 0.05);
    });
  });

  it('returns one tensor per draw and leaks nothing', () => {
    expect(countTensors(() => createRng(1).normal([3, 3]).dispose())).toBe(0);
  });

  it('returns every index once in a permutation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.nat(), (size, seed) => {
        const order = createRng(seed).permutation(size);
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it('draws integers uniformly', () => {
    const rng = createRng(5);
    const counts = [0, 0, 0];
    for (let i = 0; i < 30_000; i++) {
      const value = rng.integer(3);
      counts[value] = (counts[value] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(400);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses the seed %s', (seed) => {
    expect(() => createRng(seed)).toThrow(InvalidArgumentError);
    expect(() => createRng(seed)).toThrow(
      '[@st/core] createRng: seed must be an integer in [0, 9007199254740991], got',
    );
  });

  it('refuses an invalid state', () => {
    expect(() => restoreRng({ key: 1, words: [0, 0, 0, 0] })).toThrow(
      '[@st/core] restoreRng: state must be what Rng.state() returned (a key and four 32-bit words), got an object with keys {key, words}.',
    );
  });
});
