import { checkTensor } from '@st/core/kit';
import * as tf from '@tensorflow/tfjs-core';

import { checkText } from '../check-arguments.ts';

/** Axes of PyTorch's layout from ours, by rank: HWIO to OIHW, `[in, out]` to `[out, in]`; vectors are the same. */
const TO_TORCH: Readonly<Record<number, readonly number[]>> = { 1: [0], 2: [1, 0], 4: [3, 2, 0, 1] };
const FROM_TORCH: Readonly<Record<number, readonly number[]>> = { 1: [0], 2: [1, 0], 4: [2, 3, 1, 0] };

/** The name in a PyTorch state_dict of one of our weights: `layer1.0.conv1/weight` is `layer1.0.conv1.weight`. */
export function torchName(weightName: string): string {
  checkText('[@st/models] torchName', 'weightName', weightName);
  return weightName.replaceAll('/', '.');
}

/** A weight (or its gradient) in PyTorch's layout: HWIO to OIHW, `[in, out]` to `[out, in]`. The caller disposes it. */
export function toTorchLayout(weight: tf.Tensor): tf.Tensor {
  checkTensor('[@st/models] toTorchLayout', 'weight', weight);
  return tf.transpose(weight, axesFor(TO_TORCH, weight.rank));
}

/** A weight of PyTorch's in our layout: OIHW to HWIO, `[out, in]` to `[in, out]`. The caller disposes it. */
export function fromTorchLayout(weight: tf.Tensor): tf.Tensor {
  checkTensor('[@st/models] fromTorchLayout', 'weight', weight);
  return tf.transpose(weight, axesFor(FROM_TORCH, weight.rank));
}

/** Which of our axes each axis of PyTorch's layout is. */
export function torchAxes(rank: number): readonly number[] {
  return axesFor(TO_TORCH, rank);
}

/** The shape that `toTorchLayout` gives. */
export function torchShape(shape: readonly number[]): number[] {
  return torchAxes(shape.length).map((axis) => shape[axis] ?? 0);
}

/** Ranks that no layer of ours has keep their axes. */
function axesFor(table: typeof TO_TORCH, rank: number): number[] {
  return [...(table[rank] ?? Array.from({ length: rank }, (_, axis) => axis))];
}
