import { drawWords, type XoshiroState } from './xoshiro.ts';

/** A float32 in [0, 1) has 24 bits; with more, the largest value would round up to 1. */
const FRACTIONS = 2 ** 24;

/** Fills `values` with draws of U[low, high). */
export function fillUniform(state: XoshiroState, values: Float32Array, low: number, high: number): void {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length); // the same memory: each word is overwritten by its value
  drawWords(state, words);
  const scale = (high - low) / FRACTIONS;
  for (let i = 0; i < values.length; i++) values[i] = low + scale * ((words[i] ?? 0) >>> 8);
}
