import type * as tf from '@tensorflow/tfjs-core';

import type { SquareDraws } from './square-draws.ts';

/** The examples that a move is about: their natural images, and their indices in the batch, by which their draws come. */
export type Movers = { readonly natural: tf.Tensor4D; readonly examples: readonly number[] };

/** How Square moves in one norm. Both return points inside the threat model, shape of the images; the caller disposes them. */
export type SquareMoves = {
  /** The points that the search starts from. */
  start(movers: Movers, draws: SquareDraws): tf.Tensor4D;
  /** Candidates beside the best points so far: changed in windows of `side` pixels. */
  propose(movers: Movers, best: tf.Tensor4D, side: number, draws: SquareDraws): tf.Tensor4D;
};
