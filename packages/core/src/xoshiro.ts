/** The four words of a xoshiro128** stream, changed by every draw. */
export type XoshiroState = Int32Array;

/**
 * Fills `words` with the next words of the stream, each uniform over all 32-bit integers. Fills many words per call, so that the state stays in registers.
 * @see Blackman and Vigna 2021, "Scrambled linear pseudorandom number generators" (xoshiro128**), arXiv 1805.01407
 */
export function drawWords(state: XoshiroState, words: Int32Array): void {
  let a = state[0] ?? 0;
  let b = state[1] ?? 0;
  let c = state[2] ?? 0;
  let d = state[3] ?? 0;
  for (let i = 0; i < words.length; i++) {
    const fives = Math.imul(b, 5);
    words[i] = Math.imul((fives << 7) | (fives >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = d;
}
