import * as tf from '@tensorflow/tfjs-core';
import { flatRows } from '../../ball/flat-rows.ts';
import { l1BoxShiftUnchecked } from '../../ball/l1-box-shift.ts';
import { rowLengths } from '../../ball/row-lengths.ts';
import { type BumpNorm, bumpPair } from './square-bump.ts';
import type { SquareDraws } from './square-draws.ts';
import type { Movers, SquareMoves } from './square-moves.ts';
import { drawCorner, placed, signOf } from './window.ts';

/** Keeps quotients of norms finite; the published value. */
const TINY = 1e-12;
/** Fraction of an l1 radius that is used, so that rounding keeps the point inside the ball; the published value. */
const L1_SHARE = 1 - 1e-6;
/** Windows of the start across the height of the image. */
const START_WINDOWS = 5;

/** The part of an image that a norm is taken over. */
type Part = 'image' | 'channel';

/**
 * Starts with a grid of bump pairs. A candidate empties one window and fills another with that one's old content plus a new pair, scaled to the norm
 * that both windows held together plus the unused part of the radius.
 * @see Andriushchenko et al. 2020, Square Attack, arXiv 1912.00049, algorithm 3 (l2); Croce and Hein 2021, arXiv 2103.01208 (l1)
 */
export function bumpMoves(norm: BumpNorm, epsilon: number): SquareMoves {
  return {
    start: (movers, draws) => {
      const grid = drawGrid(norm, movers, draws);
      return tf.tidy(() => intoBall(norm, epsilon, tf.tensor4d(grid, movers.natural.shape), movers.natural));
    },
    propose: ({ natural, examples }, best, side, draws) => {
      const [batch, height, width, channels] = natural.shape;
      const filled = drawCorner(draws, height, width, side);
      const emptied = drawCorner(draws, height, width, side);
      const pair = Float32Array.from(bumpPair(norm, side, drawUpright(draws)));
      const signs = Float32Array.from(draws.each(examples, channels), signOf);
      return tf.tidy(() => {
        const window = tf.ones<tf.Rank.R4>([1, side, side, 1]);
        const windows = tf.maximum(placed(window, filled, height, width), placed(window, emptied, height, width));
        const delta: tf.Tensor4D = tf.sub(best, natural);
        const inWindows: tf.Tensor4D = tf.mul(delta, windows);
        const old = tf.slice(delta, [0, ...filled, 0], [batch, side, side, channels]);
        const fresh = tf.mul(tf.tensor4d(pair, [1, side, side, 1]), tf.tensor4d(signs, [batch, 1, 1, channels]));
        const direction = unit(norm, tf.add(fresh, unit(norm, old, 'channel')), 'channel');
        const content = tf.mul(direction, lengthInChannel(norm, epsilon, delta, inWindows)) as tf.Tensor4D;
        const moved = tf.add(tf.sub(delta, inWindows), placed(content, filled, height, width));
        return intoBall(norm, epsilon, moved as tf.Tensor4D, natural);
      });
    },
  };
}

/** The norm for a channel of the filled window, `[batch, 1, 1, channels]`: the norm that both windows held in it, plus its part of the unused radius. */
function lengthInChannel(norm: BumpNorm, epsilon: number, delta: tf.Tensor4D, inWindows: tf.Tensor4D): tf.Tensor {
  const channels = delta.shape[3];
  const used = length(norm, delta, 'image');
  const held = length(norm, inWindows, 'channel');
  if (norm === 'l1') return tf.mul(channels, tf.add(tf.div(tf.relu(tf.sub(epsilon, used)), channels), held));
  const unused = tf.relu(tf.sub(epsilon ** 2, tf.square(used)));
  return tf.sqrt(tf.add(tf.div(unused, channels), tf.square(held)));
}

/** A perturbation at the full radius (l2: scaled to it; l1: projected), brought into [0, 1]. */
function intoBall(norm: BumpNorm, epsilon: number, delta: tf.Tensor4D, natural: tf.Tensor4D): tf.Tensor4D {
  if (norm === 'l2')
    return tf.clipByValue(tf.add(natural, tf.mul(epsilon, unit(norm, delta, 'image'))) as tf.Tensor4D, 0, 1);
  const moved: tf.Tensor4D = tf.add(natural, delta);
  return tf.clipByValue(tf.add(moved, l1BoxShiftUnchecked(natural, delta, epsilon * L1_SHARE)) as tf.Tensor4D, 0, 1);
}

/** `[batch, 1, 1, 1 or channels]`. */
function length(norm: BumpNorm, values: tf.Tensor4D, of: Part): tf.Tensor {
  const [batch, , , channels] = values.shape;
  if (of === 'image') return tf.reshape(rowLengths(norm, flatRows(values)), [batch, 1, 1, 1]);
  const rows: tf.Tensor2D = tf.reshape(tf.transpose(values, [0, 3, 1, 2]), [batch * channels, -1]);
  return tf.reshape(rowLengths(norm, rows), [batch, 1, 1, channels]);
}

function unit(norm: BumpNorm, values: tf.Tensor4D, of: Part): tf.Tensor4D {
  return tf.div(values, tf.add(TINY, length(norm, values, of)));
}

function drawUpright(draws: SquareDraws): boolean {
  return (draws.shared(1)[0] ?? Number.NaN) > 0.5;
}

/** A grid of bump pairs, each with a random orientation and one sign an example and channel; `[batch, height, width, channels]`, row-major. */
function drawGrid(norm: BumpNorm, { natural, examples }: Movers, draws: SquareDraws): Float32Array {
  const [batch, height, width, channels] = natural.shape;
  const side = Math.max(1, Math.floor(height / START_WINDOWS));
  const margin = Math.max(0, Math.floor((height - START_WINDOWS * side) / 2));
  const grid = new Float32Array(batch * height * width * channels);
  for (let row = 0; row < Math.floor(height / side); row++) {
    for (let column = 0; column < Math.floor(width / side); column++) {
      const pair = bumpPair(norm, side, drawUpright(draws));
      const signs = draws.each(examples, channels);
      const corner = { top: margin + row * side, left: margin + column * side };
      // where the windows do not fit (heights that 5 windows leave many pixels of) the image cuts them off
      const rows = Math.min(side, height - corner.top);
      const columns = Math.min(side, width - corner.left);
      for (let example = 0; example < batch; example++) {
        for (let y = 0; y < rows; y++) {
          for (let x = 0; x < columns; x++) {
            const pixel = (example * height + corner.top + y) * width + corner.left + x;
            const value = pair[y * side + x] ?? 0;
            for (let channel = 0; channel < channels; channel++) {
              grid[pixel * channels + channel] = value * signOf(signs[example * channels + channel] ?? Number.NaN);
            }
          }
        }
      }
    }
  }
  return grid;
}
