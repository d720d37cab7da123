import * as tf from '@tensorflow/tfjs-core';

import type { SquareDraws } from './square-draws.ts';

/** The upper left pixel of a window: row and column. */
export type Corner = readonly [row: number, column: number];

/** Draws the position of a square window; as in the published code, it never starts at the last possible row or column. */
export function drawCorner(draws: SquareDraws, height: number, width: number, side: number): Corner {
  const row = drawBelow(height - side, draws);
  return [row, drawBelow(width - side, draws)];
}

/** +1 above one half, -1 below. */
export function signOf(draw: number): number {
  return Math.sign(2 * draw - 1);
}

/** `content`, `[examples or 1, side, side, channels or 1]`, at its corner of an otherwise empty image; the caller disposes it. */
export function placed(content: tf.Tensor4D, [row, column]: Corner, height: number, width: number): tf.Tensor4D {
  const [, rows, columns] = content.shape;
  return tf.pad(content, [
    [0, 0],
    [row, height - row - rows],
    [column, width - column - columns],
    [0, 0],
  ]);
}

function drawBelow(bound: number, draws: SquareDraws): number {
  return Math.floor(Math.fround(bound * (draws.shared(1)[0] ?? Number.NaN)));
}
