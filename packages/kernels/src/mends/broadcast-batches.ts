import { broadcast_util, type TensorInfo, util } from '@tensorflow/tfjs-core';

import { type Mend, type Tools, viewed } from '../mend.ts';

/**
 * Matrix products whose batch axes broadcast, e.g. [2, 2, i, j] by [2, 1, j, k], or are empty. The kernels of tfjs step through both operands in
 * memory order, which is correct only if one operand has a single matrix or both have the same batch shape.
 */
export const broadcastBatches: Mend = ({ inputs, attrs }, tools) => {
  const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
  const [outerA, outerB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (util.arraysEqual(outerA, outerB) && !a.shape.includes(0) && !b.shape.includes(0)) return undefined;
  const outer = broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
  const shape = [...outer, a.shape.at(attrs.transposeA ? -1 : -2) ?? 0, b.shape.at(attrs.transposeB ? -2 : -1) ?? 0];
  if (util.sizeFromShape(shape) === 0 || a.shape.includes(0)) {
    return inputs.bias ? undefined : tools.run('Fill', {}, { shape, value: 0, dtype: a.dtype });
  }
  const isMemoryOrder = [outerA, outerB].every((own) =>
    [1, util.sizeFromShape(outer)].includes(util.sizeFromShape(own)),
  );
  if (isMemoryOrder) return undefined;
  return tools.original({ ...inputs, a: repeated(a, outer, tools), b: repeated(b, outer, tools) }, attrs);
};

/** The operand with its matrices tiled to the batch shape of the result. */
function repeated(x: TensorInfo, outer: readonly number[], { run }: Tools): TensorInfo {
  const missing = outer.length - (x.shape.length - 2);
  const shape = [...new Array<number>(missing).fill(1), ...x.shape];
  const reps = shape.map((length, axis) => (axis < outer.length && length === 1 ? (outer[axis] ?? 1) : 1));
  return run('Tile', { x: viewed(x, shape) }, { reps });
}
