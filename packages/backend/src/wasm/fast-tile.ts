import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelConfig, TensorInfo } from '@tensorflow/tfjs-core';

type Values = Float32Array | Int32Array | Uint8Array;

/**
 * `Tile`, which `tf.broadcastTo` uses, by copies of whole blocks. The kernel of wasm computes the index of each value: for the gradient of global
 * average pooling, it takes 13 times as long as a multiplication.
 * @param original - The kernel of wasm; used for strings and complex numbers.
 */
export function fastTile(original: KernelConfig): KernelConfig {
  return {
    ...original,
    kernelFunc: (args) => {
      const x = args.inputs.x as TensorInfo;
      const reps = args.attrs?.reps as number[];
      if (x.dtype === 'string' || x.dtype === 'complex64') return original.kernelFunc(args);
      const backend = args.backend as BackendWasm;
      const y = backend.makeOutput(
        x.shape.map((size, axis) => size * (reps[axis] ?? 1)),
        x.dtype,
      );
      const to: Values = backend.typedArrayFromHeap(y);
      if (to.length > 0) tile(backend.typedArrayFromHeap(x), to, x.shape, reps);
      return y;
    },
  };
}

function tile(from: Values, to: Values, shape: readonly number[], reps: readonly number[]): void {
  let axes = shape.length;
  while (axes > 0 && reps[axes - 1] === 1) axes--; // axes after the last repeated one are copied as one contiguous row
  const row = shape.slice(axes).reduce((product, size) => product * size, 1);
  let read = 0;
  /** Writes the next slice of the input along the axes from `axis` on, repeated, to `to[at...]`; returns the number of values written. */
  const write = (axis: number, at: number): number => {
    if (axis === axes) {
      if (row === 1) to[at] = from[read] ?? 0;
      else to.set(from.subarray(read, read + row), at);
      read += row;
      return row;
    }
    let length = 0;
    for (let i = 0; i < (shape[axis] ?? 1); i++) length += write(axis + 1, at + length);
    const all = length * (reps[axis] ?? 1);
    for (let done = length; done < all; done *= 2) to.copyWithin(at + done, at, at + Math.min(done, all - done));
    return all;
  };
  write(0, 0);
}
