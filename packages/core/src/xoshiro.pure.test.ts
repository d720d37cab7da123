import { describe, expect, it } from 'vitest';

import { drawWords } from './xoshiro.ts';

describe('drawWords', () => {
  it('gives the words of the authors’ reference for the state 1, 2, 3, 4', () => {
    const words = new Int32Array(10);
    drawWords(Int32Array.of(1, 2, 3, 4), words);
    expect([...new Uint32Array(words.buffer)]).toEqual([
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]);
  });

  it('gives the same words in blocks of any length', () => {
    const whole = new Int32Array(20);
    drawWords(Int32Array.of(5, 6, 7, 8), whole);
    const state = Int32Array.of(5, 6, 7, 8);
    const pieces = [3, 0, 1, 16].map((length) => new Int32Array(length));
    for (const piece of pieces) drawWords(state, piece);
    expect(pieces.flatMap((piece) => [...piece])).toEqual([...whole]);
  });
});
