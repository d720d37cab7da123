import * as tf from '@tensorflow/tfjs-core';

import { checkKind } from './errors/check-kind.ts';
import { checkNumber, type Where } from './errors/check-options.ts';
import { describeValue } from './errors/describe-value.ts';
import { InvalidArgumentError, ShapeError } from './errors/errors.ts';
import { fillNormal } from './fill-normal.ts';
import { fillUniform } from './fill-uniform.ts';
import { drawWords } from './xoshiro.ts';

/**
 * A seeded stream of random numbers. Draws are made in JavaScript, so a seed gives the same noise on every back end. `split` derives an independent stream
 * from the seed and a label only, independent of earlier draws: `rng.split('epoch 3').split('step 17')` can be reproduced without saved state.
 */
export type Rng = {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [0, bound), unbiased. */
  integer(bound: number): number;
  /** A tensor of U[low, high); the caller disposes it. */
  uniform<R extends tf.Rank>(shape: tf.ShapeMap[R], low?: number, high?: number): tf.Tensor<R>;
  /** A tensor of N(mean, deviation^2); the caller disposes it. */
  normal<R extends tf.Rank>(shape: tf.ShapeMap[R], mean?: number, deviation?: number): tf.Tensor<R>;
  /** A uniformly random order of 0 .. size - 1 (Fisher-Yates). */
  permutation(size: number): Int32Array;
  /** The stream derived from this one's key and `label`; drawing from one does not affect the other. */
  split(label: string): Rng;
  /** The state that `restoreRng` resumes from. */
  state(): RngState;
};

/** The state of a stream: plain numbers, so that it can be written to JSON. */
export type RngState = {
  /** Identifies the stream; `split` derives new streams from it. */
  readonly key: number;
  /** The four words of xoshiro128**. */
  readonly words: readonly [number, number, number, number];
};

/**
 * Makes a stream from a seed.
 * @param seed - An integer in [0, 2^53).
 * @throws {InvalidArgumentError} for anything else.
 * @see Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators" (xoshiro128**), arXiv 1805.01407
 */
export function createRng(seed: number): Rng {
  checkNumber('[@st/core] createRng', 'seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  return streamOf(mix(mix(0x53545f31, seed >>> 0), Math.floor(seed / 2 ** 32)));
}

/**
 * Makes the stream that continues where `state` was taken.
 * @throws {InvalidArgumentError} if the state is not one of `Rng.state()`.
 */
export function restoreRng(state: RngState): Rng {
  const words = Array.isArray(state?.words) ? state.words : [];
  const valid = isWord(state?.key) && words.length === 4 && words.every(isWord) && words.some((word) => word !== 0);
  if (!valid) {
    throw new InvalidArgumentError(
      `[@st/core] restoreRng: state must be what Rng.state() returned (a key and four 32-bit words), got ${describeValue(state)}.`,
      { argument: 'state', received: state },
    );
  }
  return stream(state.key, state.words);
}

function isWord(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

function streamOf(key: number): Rng {
  const words: [number, number, number, number] = [mix(key, 1), mix(key, 2), mix(key, 3), mix(key, 4)];
  if (words.every((word) => word === 0)) words[0] = 1; // all zeros is the only state that xoshiro never leaves
  return stream(key, words);
}

function stream(key: number, words: RngState['words']): Rng {
  const xoshiro = Int32Array.from(words);
  const single = new Int32Array(1);

  function nextWord(): number {
    drawWords(xoshiro, single);
    return (single[0] ?? 0) >>> 0;
  }

  const next = (): number => nextWord() / 2 ** 32;

  function integer(bound: number): number {
    checkNumber('[@st/core] Rng.integer', 'bound', bound, { min: 1, max: 2 ** 32, integer: true });
    const limit = 2 ** 32 - (2 ** 32 % bound);
    let word = nextWord();
    while (word >= limit) word = nextWord(); // reject the tail, which would make small values more likely
    return word % bound;
  }

  return {
    next,
    integer,
    uniform: (shape, low = 0, high = 1) => {
      checkShape('[@st/core] Rng.uniform', shape);
      const values = new Float32Array(tf.util.sizeFromShape([...shape]));
      fillUniform(xoshiro, values, low, high);
      return tf.tensor(values, shape, 'float32');
    },
    normal: (shape, mean = 0, deviation = 1) => {
      checkShape('[@st/core] Rng.normal', shape);
      const values = new Float32Array(tf.util.sizeFromShape([...shape]));
      fillNormal(xoshiro, values, mean, deviation);
      return tf.tensor(values, shape, 'float32');
    },
    permutation: (size) => {
      checkNumber('[@st/core] Rng.permutation', 'size', size, { min: 0, max: 2 ** 31, integer: true });
      const order = Int32Array.from({ length: size }, (_, i) => i);
      for (let i = size - 1; i > 0; i--) {
        const j = integer(i + 1);
        const kept = order[i] ?? 0;
        order[i] = order[j] ?? 0;
        order[j] = kept;
      }
      return order;
    },
    split: (label) => {
      checkKind('[@st/core] Rng.split', 'label', label, 'text');
      let child = mix(key, label.length);
      for (let i = 0; i < label.length; i++) child = mix(child, label.charCodeAt(i));
      return streamOf(child);
    },
    state: () => {
      const [a = 0, b = 0, c = 0, d = 0] = Uint32Array.from(xoshiro);
      return { key, words: [a, b, c, d] };
    },
  };
}

function checkShape(where: Where, shape: unknown): void {
  if (Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0)) return;
  throw new ShapeError(`${where}: shape must be a list of sizes, [2, 32, 32, 3], got ${describeValue(shape)}.`, {
    argument: 'shape',
    received: shape,
  });
}

/** Mixes a word into a hash (the finalizer of MurmurHash3 over a Weyl sequence). */
function mix(hash: number, word: number): number {
  let mixed = Math.imul(hash ^ Math.imul(word + 0x9e3779b9, 0x85ebca6b), 0xc2b2ae35);
  mixed ^= mixed >>> 16;
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
