import type { TensorInfo } from '@tensorflow/tfjs-core';

import type { Mend } from '../mend.ts';

/** `Select` with an empty operand. The `broadcastTo` of tfjs keeps an axis of length 1 where it should become 0. */
export const emptySelect: Mend = ({ inputs }, { run }) => {
  const { condition, t, e } = inputs as { condition: TensorInfo; t: TensorInfo; e: TensorInfo };
  const all = [condition, t, e];
  if (!all.some(({ shape }) => shape.includes(0))) return undefined;
  const shape = t.shape.map((_, axis) => Math.min(...all.map((x) => x.shape[axis] ?? 0)));
  return run('Fill', {}, { shape, value: 0, dtype: t.dtype });
};
