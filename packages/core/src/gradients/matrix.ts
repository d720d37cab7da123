import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { contract, operandLabels } from './contract.ts';
import { float, gradient, unbroadcast } from './gradient.ts';

type Transposed = { readonly transposeA: boolean; readonly transposeB: boolean };

/** The gradients with respect to a and b, not yet summed over broadcast batch axes. */
export function productGradients(
  dy: Tensor,
  a: Tensor,
  b: Tensor,
  { transposeA, transposeB }: Transposed,
): readonly [byA: () => Tensor, byB: () => Tensor] {
  return [
    () => (transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB)),
    () => (transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false)),
  ];
}

/** Broadcasts the batch axes of x to those of dy: kernels of tfjs give wrong results for batches that broadcast both ways. */
function withBatchOf(x: Tensor, dy: Tensor): Tensor {
  const batch = dy.shape.slice(0, -2);
  const own = x.shape.slice(0, -2);
  const isPlain = own.length === 0 || tf.util.arraysEqual(own, batch) || tf.util.sizeFromShape(own) === 1;
  return isPlain ? x : tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
}

/** Matrix products, einsum and diagonals. */
export const matrixGradients: readonly GradConfig[] = [
  gradient<Transposed>('BatchMatMul', { inputs: ['a', 'b'] }, (dy, saved, attrs) => {
    const [a, b] = saved as [Tensor, Tensor];
    const [byA, byB] = productGradients(dy, withBatchOf(a, dy), withBatchOf(b, dy), attrs);
    return { a: () => unbroadcast(byA(), a.shape), b: () => unbroadcast(byB(), b.shape) };
  }),
  gradient<{ equation: string }>('Einsum', { inputs: 'all' }, (dy, saved, { equation }) => {
    const { inputs, output } = operandLabels(equation);
    const pull = (i: number): Tensor => {
      const other = saved[1 - i];
      const onto = { labels: inputs[i] ?? '', shape: (saved[i] as Tensor).shape };
      const second = other && { labels: inputs[1 - i] ?? '', tensor: float(other) };
      return contract({ labels: output, tensor: dy }, second, onto);
    };
    return Object.fromEntries(saved.map((_, i) => [i, () => pull(i)] as const));
  }),
  // x is the diagonal of [n, n]: padded by n and reshaped to rows of n + 1, the diagonal is the first column
  gradient('Diag', { inputs: ['x'] }, (dy, saved) => {
    const [x] = saved as [Tensor];
    const rows = (): Tensor => tf.reshape(tf.pad(tf.reshape(dy, [-1]), [[0, x.size]]), [x.size, x.size + 1]);
    return { x: () => tf.reshape(tf.slice(rows(), [0, 0], [x.size, 1]), x.shape) };
  }),
];
