/** A float64 tensor in plain JavaScript, for the references of the table. */
export type NdArray = { readonly shape: readonly number[]; readonly values: Float64Array };

export function nd(shape: readonly number[], values: ArrayLike<number>): NdArray {
  return { shape, values: Float64Array.from(values) };
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, length) => size * length, 1);

/** The array whose entry at each index is `f(...index)`. */
export function build(shape: readonly number[], f: (...index: number[]) => number): NdArray {
  const values = new Float64Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let i = 0; i < values.length; i++) {
    values[i] = f(...index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
      index[axis] = 0;
    }
  }
  return { shape, values };
}

/** The entry at an index; `outside` if the index is out of range. */
export function at(x: NdArray, index: readonly number[], outside = 0): number {
  const { shape, values } = x;
  let place = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const i = index[axis] ?? 0;
    const length = shape[axis] ?? 0;
    if (i < 0 || i >= length) return outside;
    place = place * length + i;
  }
  return values[place] ?? Number.NaN;
}

export function map(x: NdArray, f: (value: number) => number): NdArray {
  return { shape: x.shape, values: x.values.map(f) };
}

/** f(a, b) entry by entry, under broadcasting. */
export function zip(a: NdArray, b: NdArray, f: (a: number, b: number) => number): NdArray {
  const rank = Math.max(a.shape.length, b.shape.length);
  const lengths = (x: NdArray) => [...Array(rank - x.shape.length).fill(1), ...x.shape] as number[];
  const [left, right] = [lengths(a), lengths(b)];
  const shape = left.map((length, axis) => (length === 1 ? (right[axis] ?? 1) : length));
  const [wideA, wideB] = [nd(left, a.values), nd(right, b.values)];
  const clamp = (x: readonly number[], index: number[]) => index.map((i, axis) => (x[axis] === 1 ? 0 : i));
  return build(shape, (...index) => f(at(wideA, clamp(left, index)), at(wideB, clamp(right, index))));
}

/** Reduces over `axes` with f; the axes are removed, or kept with length 1. */
export function reduce(
  x: NdArray,
  axes: readonly number[] | undefined,
  f: (values: number[]) => number,
  keep = false,
): NdArray {
  const rank = x.shape.length;
  const gone = new Set((axes ?? x.shape.map((_, i) => i)).map((axis) => (axis + rank) % rank));
  const kept = x.shape.map((length, axis) => (gone.has(axis) ? 1 : length));
  const inner = x.shape.map((length, axis) => (gone.has(axis) ? length : 1));
  const reduced = build(kept, (...index) => {
    const group = build(inner, (...offset) => at(x, index.map((i, axis) => i + (offset[axis] ?? 0)))); // biome-ignore format: one thought
    return f([...group.values]);
  });
  return keep ? reduced : nd(kept.filter((_, axis) => !gone.has(axis)), reduced.values); // biome-ignore format: one thought
}

export const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

export function reshaped(x: NdArray, shape: readonly number[]): NdArray {
  return { shape, values: x.values };
}

/** Axis `i` of the result is axis `order[i]` of `x`. */
export function transposed(x: NdArray, order: readonly number[]): NdArray {
  const shape = order.map((axis) => x.shape[axis] ?? 1);
  return build(shape, (...index) => {
    const from: number[] = [];
    for (const [i, axis] of order.entries()) from[axis] = index[i] ?? 0;
    return at(x, from);
  });
}
