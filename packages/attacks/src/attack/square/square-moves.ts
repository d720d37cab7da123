import type * as tf from '@tensorflow/tfjs-core';

import type { SquareDraws } from './square-draws.ts';

/** The examples that move: their natural images, and their indices in the batch, which select their draws. */
export type Movers = { readonly natural: tf.Tensor4D; readonly examples: readonly number[] };

/** The moves of Square in one norm. Both return points inside the threat model, shape of the images; the caller disposes them. */
export type SquareMoves = {
  /** The points that the search starts from. */
  start(movers: Movers, draws: SquareDraws): tf.Tensor4D;
  /** Candidates: the best points with windows of `side` x `side` pixels changed. */
  propose(movers: Movers, best: tf.Tensor4D, side: number, draws: SquareDraws): tf.Tensor4D;
};
