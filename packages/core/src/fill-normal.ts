import { drawWords, type XoshiroState } from './xoshiro.ts';

/** Number of layers of equal area under exp(-x^2 / 2); the lowest includes the tail. */
const LAYERS = 256;
/** Start of the tail. */
const TAIL = 3.654152885361009;
/** Area of a layer. */
const AREA = 0.004928673233974655;
/** The upper 24 bits of a word are the position in the layer, the lower 8 the layer. */
const POSITIONS = 2 ** 23;
/** Words drawn at a time; they fit into the L1 cache. */
const BLOCK = 1024;

/** Right edges of the layers, from the lowest up to 0. That of the lowest is the width of a rectangle with the layer's area. */
const EDGES = edges();
/** The width of one position, per layer. */
const STEPS = EDGES.map((edge) => edge / POSITIONS);
/** exp(-x^2 / 2) at the edges. */
const HEIGHTS = EDGES.map(density);

const block = new Int32Array(BLOCK);
const single = new Int32Array(1);

/**
 * Fills `values` with draws of N(mean, deviation^2) by the ziggurat method: 99 % of the draws take one word and no function call.
 * Two fills of n values give other draws than one fill of 2n, because the extra words of the other 1 % are drawn after each block.
 * @see Marsaglia and Tsang 2000, "The Ziggurat Method for Generating Random Variables"; position and layer use different bits
 *   (Doornik 2005, "An Improved Ziggurat Method to Generate Normal Random Samples")
 */
export function fillNormal(state: XoshiroState, values: Float32Array, mean: number, deviation: number): void {
  for (let start = 0; start < values.length; start += BLOCK) {
    const part = values.subarray(start, start + BLOCK);
    const words = block.subarray(0, part.length);
    drawWords(state, words);
    for (let i = 0; i < part.length; i++) {
      const word = words[i] ?? 0;
      const layer = word & (LAYERS - 1);
      const value = valueAt(word, layer);
      if (Math.abs(value) < (EDGES[layer + 1] ?? 0)) part[i] = mean + deviation * value;
      else part[i] = mean + deviation * drawBeside(state, value, layer);
    }
  }
}

/** Handles a draw outside the part of its layer that lies below the density everywhere: draws from the tail in layer 0, otherwise accepts it or draws again. */
function drawBeside(state: XoshiroState, value: number, layer: number): number {
  if (layer === 0) return Math.sign(value) * drawTail(state);
  const bottom = HEIGHTS[layer] ?? 0;
  const top = HEIGHTS[layer + 1] ?? 0;
  if (bottom + (top - bottom) * drawFraction(state) < density(value)) return value;
  return drawOne(state);
}

function drawOne(state: XoshiroState): number {
  const word = drawWord(state);
  const layer = word & (LAYERS - 1);
  const value = valueAt(word, layer);
  return Math.abs(value) < (EDGES[layer + 1] ?? 0) ? value : drawBeside(state, value, layer);
}

/** A draw beyond TAIL, by Marsaglia's method of 1964. */
function drawTail(state: XoshiroState): number {
  for (;;) {
    const beyond = -Math.log(1 - drawFraction(state)) / TAIL; // 1 - u is in (0, 1], so the logarithm is finite
    if (-2 * Math.log(1 - drawFraction(state)) >= beyond * beyond) return TAIL + beyond;
  }
}

/** The position as a value: evenly spaced over the layer's width on both sides of 0, and never 0. */
function valueAt(word: number, layer: number): number {
  return ((word >> 8) + 0.5) * (STEPS[layer] ?? 0);
}

function drawWord(state: XoshiroState): number {
  drawWords(state, single);
  return single[0] ?? 0;
}

function drawFraction(state: XoshiroState): number {
  return (drawWord(state) >>> 0) / 2 ** 32;
}

function edges(): Float64Array {
  const result = new Float64Array(LAYERS + 1);
  result[0] = AREA / density(TAIL);
  result[1] = TAIL;
  let edge = TAIL;
  for (let layer = 2; layer < LAYERS; layer++) {
    edge = Math.sqrt(-2 * Math.log(density(edge) + AREA / edge));
    result[layer] = edge;
  }
  return result;
}

function density(x: number): number {
  return Math.exp(-0.5 * x * x);
}
