import { drawWords, type XoshiroState } from './xoshiro.ts';

/** A float32 in [0, 1) holds 24 bits: more would round up to 1. */
const FRACTIONS = 2 ** 24;

/** Fills `values` with draws of U[low, high). */
export function fillUniform(state: XoshiroState, values: Float32Array, low: number, high: number): void {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length); // each word gives way to its number
  drawWords(state, words);
  const scale = (high - low) / FRACTIONS;
  for (let i = 0; i < values.length; i++) values[i] = low + scale * ((words[i] ?? 0) >>> 8);
}
