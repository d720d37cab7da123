import { type StateTensor, sizeOf } from './state-tensor.ts';

/** A strided view of an array. */
export type StridedView = {
  readonly shape: readonly number[];
  /** Distance in the array between neighbors along each axis. */
  readonly strides: readonly number[];
  /** Position of the first value. */
  readonly offset: number;
};

/** Whether the values are contiguous in row-major order. */
export function isContiguous({ shape, strides }: StridedView): boolean {
  const dense = denseStrides(shape);
  return shape.every((length, axis) => length === 1 || strides[axis] === dense[axis]);
}

/** Strides of a row-major array: 1 on the last axis. */
export function denseStrides(shape: readonly number[]): readonly number[] {
  const strides: number[] = [];
  let size = 1;
  for (const length of [...shape].reverse()) {
    strides.unshift(size);
    size *= length;
  }
  return strides;
}

/** Copies the values of a view into an array of the same type, in row-major order. The view must lie within `data`. */
export function gatherStrided<T extends StateTensor['data']>(data: T, { shape, strides, offset }: StridedView): T {
  const gathered = emptyLike(data, sizeOf(shape));
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < gathered.length; to++) {
    gathered[to] = data[from] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const [length = 0, stride = 0, at = 0] = [shape[axis], strides[axis], index[axis]];
      if (at + 1 < length) {
        index[axis] = at + 1;
        from += stride;
        break;
      }
      index[axis] = 0;
      from -= at * stride;
    }
  }
  return gathered;
}

function emptyLike<T extends StateTensor['data']>(data: T, length: number): T {
  const Type = data.constructor as new (length: number) => T; // the constructor of its typed array
  return new Type(length);
}
