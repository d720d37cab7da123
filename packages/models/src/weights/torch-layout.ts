import { checkTensor } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkText } from '../check-arguments.ts';

/** Permutations between the layouts of tfjs and PyTorch, by rank: HWIO to OIHW, `[in, out]` to `[out, in]`; vectors are the same. */
const TO_TORCH: Readonly<Record<number, readonly number[]>> = { 1: [0], 2: [1, 0], 4: [3, 2, 0, 1] };
const FROM_TORCH: Readonly<Record<number, readonly number[]>> = { 1: [0], 2: [1, 0], 4: [2, 3, 1, 0] };

/** The PyTorch name of a weight: `layer1.0.conv1/weight` becomes `layer1.0.conv1.weight`. */
export function torchName(weightName: string): string {
  checkText('[@st/models] torchName', 'weightName', weightName);
  return weightName.replaceAll('/', '.');
}

/** Converts a weight or its gradient to PyTorch's layout: HWIO to OIHW, `[in, out]` to `[out, in]`. The caller disposes the result. */
export function toTorchLayout(weight: tf.Tensor): tf.Tensor {
  checkTensor('[@st/models] toTorchLayout', 'weight', weight);
  return tf.transpose(weight, axesFor(TO_TORCH, weight.rank));
}

/** Converts a PyTorch weight to the layout of tfjs: OIHW to HWIO, `[out, in]` to `[in, out]`. The caller disposes the result. */
export function fromTorchLayout(weight: tf.Tensor): tf.Tensor {
  checkTensor('[@st/models] fromTorchLayout', 'weight', weight);
  return tf.transpose(weight, axesFor(FROM_TORCH, weight.rank));
}

/** The tfjs axis of each axis in PyTorch's layout. */
export function torchAxes(rank: number): readonly number[] {
  return axesFor(TO_TORCH, rank);
}

/** The shape of the result of `toTorchLayout`. */
export function torchShape(shape: readonly number[]): number[] {
  return torchAxes(shape.length).map((axis) => shape[axis] ?? 0);
}

/** Ranks without an entry keep their axes; no layer of this package has such weights. */
function axesFor(table: typeof TO_TORCH, rank: number): number[] {
  return [...(table[rank] ?? Array.from({ length: rank }, (_, axis) => axis))];
}
