import { at, indices, type NdArray, ndArray } from './nd-array.ts';

export const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** Every value reduced over `axes`, in the order of the array. */
export function reduced(
  x: NdArray,
  axes: readonly number[],
  keepDims: boolean,
  reduce: (values: readonly number[]) => number,
): NdArray {
  const positive = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  const inner = x.shape.map((length, axis) => (positive.includes(axis) ? length : 1));
  const kept = x.shape.map((length, axis) => (positive.includes(axis) ? 1 : length));
  const { values } = ndArray(kept, (index) =>
    reduce(
      indices(inner).map((offset) =>
        at(
          x,
          index.map((i, axis) => i + (offset[axis] ?? 0)),
        ),
      ),
    ),
  );
  return { shape: keepDims ? kept : x.shape.filter((_, axis) => !positive.includes(axis)), values };
}
