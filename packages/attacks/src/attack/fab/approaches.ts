/** Coordinates to move, each by at most its room, until the weighted sum of the movements equals the gap. */
export type Approach = {
  readonly weights: Float64Array;
  readonly rooms: Float64Array;
  readonly gap: number;
  /** l-infinity: the relative movement of each. Default: all 1. */
  readonly shares?: ArrayLike<number>;
};

/** l-infinity: all move by the same length (times their share) or by their room, min(s, room_i) with sum_i w_i min(s, room_i) = gap. */
export function moveAllAlike(approach: Approach): Float64Array {
  const { shares, weights } = approach;
  return moveBySpeed(approach, shares ? Float64Array.from(shares) : new Float64Array(weights.length).fill(1));
}

/** l2: each moves by its weight times one number, or its room: min(s w_i, room_i) with sum_i w_i min(s w_i, room_i) = gap. */
export function moveByWeight(approach: Approach): Float64Array {
  return moveBySpeed(approach, approach.weights);
}

/**
 * Solves sum_i w_i min(s v_i, room_i) = gap for s by Newton's method from 0. The sum is concave and piecewise linear in s, so the iterates never
 * exceed the solution, each step but the last exhausts some room, and the last step is exact.
 */
function moveBySpeed({ weights, rooms, gap }: Approach, speeds: Float64Array): Float64Array {
  let s = 0;
  for (;;) {
    let reached = 0; // by coordinates whose room is exhausted
    let slope = 0;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i] ?? 0;
      const speed = speeds[i] ?? 0;
      if (speed * s < (rooms[i] ?? 0)) slope += weight * speed;
      else reached += weight * (rooms[i] ?? 0);
    }
    const next = slope > 0 ? (gap - reached) / slope : Number.POSITIVE_INFINITY;
    if (!(next > s)) break;
    s = next;
    if (s === Number.POSITIVE_INFINITY) break; // the gap is out of reach: all rooms are exhausted
  }
  const moves = new Float64Array(weights.length);
  for (let i = 0; i < moves.length; i++) {
    if (weights[i] !== 0) moves[i] = Math.min(s * (speeds[i] ?? 0), rooms[i] ?? 0);
  }
  return moves;
}

/** l1: the coordinates of largest weight exhaust their rooms one after the other; the last one moves as far as is still needed. */
export function moveHeaviest({ weights, rooms, gap }: Approach): Float64Array {
  const moves = new Float64Array(weights.length);
  const weightOf = (i: number): number => weights[i] ?? 0;
  const reachOf = (i: number): number => weightOf(i) * (rooms[i] ?? 0);
  let left = gap;
  const moveInTurn = (indices: readonly number[]): void => {
    for (const i of indices) {
      const move = Math.min(rooms[i] ?? 0, left / weightOf(i));
      if (!(move > 0)) continue;
      moves[i] = move;
      left = Math.max(left - weightOf(i) * move, 0);
    }
  };
  let candidates = Array.from(weights, (_, i) => i).filter((i) => reachOf(i) > 0);
  // quickselect: if the heavier coordinates suffice, continue among them; otherwise they all move, and continue among the lighter ones
  while (left > 0 && candidates.length > 0) {
    const pivot = medianOfThree(candidates, weightOf);
    const heavier = candidates.filter((i) => weightOf(i) > pivot);
    if (heavier.reduce((sum, i) => sum + reachOf(i), 0) > left) {
      candidates = heavier;
      continue;
    }
    moveInTurn(heavier);
    moveInTurn(candidates.filter((i) => weightOf(i) === pivot));
    candidates = candidates.filter((i) => weightOf(i) < pivot);
  }
  return moves;
}

/** The middle one of the weights at the ends and in the middle of the list. */
function medianOfThree(indices: readonly number[], weightOf: (i: number) => number): number {
  const at = (place: number): number => weightOf(indices[Math.floor(place)] ?? 0);
  const [, median = 0] = [at(0), at((indices.length - 1) / 2), at(indices.length - 1)].sort((a, b) => a - b);
  return median;
}
