import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

import { conv2dGradients, depthwiseConv2dGradients } from './convolution.ts';
import type { Window } from './convolution-geometry.ts';
import { unbroadcast } from './gradient.ts';
import { productGradients } from './matrix.ts';
import type { Backward, Pullbacks } from './tape-node.ts';

type Call = { readonly attrs: object; readonly result: Tensor };

/** The kernel that each fused operation of tfjs runs, by the name of the operation's scope. */
const KERNELS: Readonly<Record<string, string>> = {
  fusedConv2d__op: 'FusedConv2D',
  fusedDepthwiseConv2d__op: 'FusedDepthwiseConv2D',
  fusedMatMul__op: '_FusedMatMul',
};
const FUSED = new Set(Object.values(KERNELS));

/** The last call of each fused kernel. tfjs records the operation on the tape right after the kernel ran. */
const lastCalls = new Map<string, Call>();

export function noteFused(name: string, attrs: object | undefined, result: Tensor | Tensor[]): void {
  if (FUSED.has(name)) lastCalls.set(name, { attrs: attrs ?? {}, result: [result].flat()[0] as Tensor });
}

/**
 * The gradient of a fused operation on the tape; undefined for other operations. While recording, tfjs fuses only operations without activation. Its own
 * gradient supports no dilation, no rounding mode, no image without a batch axis, and no matrix product of batches of different lengths. The attributes
 * are those of the kernel call just before.
 */
export function fusedGradient(
  scope: string,
  inputs: { readonly [name: string]: Tensor | undefined },
  saved: readonly Tensor[],
): Backward | undefined {
  const kernel = KERNELS[scope];
  if (kernel === undefined || inputs[0] === undefined || saved.length < 3) return undefined;
  const call = lastCalls.get(kernel);
  const result = saved[2] as Tensor;
  if (call?.result.dataId !== result.dataId) return undefined;
  const { attrs } = call;
  if (kernel === '_FusedMatMul')
    return ([dy]) => matMulPullbacks(dy as Tensor, saved, attrs as Parameters<typeof productGradients>[3]);
  const gradients = kernel === 'FusedConv2D' ? conv2dGradients : depthwiseConv2dGradients;
  return ([dy]) => convolutionPullbacks(gradients, dy as Tensor, saved, attrs as Window);
}

function convolutionPullbacks(
  gradients: typeof conv2dGradients,
  dy: Tensor,
  saved: readonly Tensor[],
  attrs: Window,
): Pullbacks {
  const [filter, x, y, bias] = saved as [Tensor, Tensor, Tensor, Tensor | undefined];
  const above = tf.reshape(dy, y.shape); // the kernel sees an image without a batch axis as a batch of one
  const { x: byInput, filter: byFilter } = gradients(above, x, filter, attrs);
  const isFirst = attrs.dataFormat === 'NCHW';
  const byBias = (): Tensor => unbroadcast(isFirst ? tf.transpose(above, [0, 2, 3, 1]) : above, (bias as Tensor).shape);
  return { 0: byInput, 1: byFilter, 2: byBias };
}

function matMulPullbacks(
  dy: Tensor,
  saved: readonly Tensor[],
  attrs: Parameters<typeof productGradients>[3],
): Pullbacks {
  const [a, b, y, bias] = saved as [Tensor, Tensor, Tensor, Tensor | undefined];
  const [byA, byB] = productGradients(tf.reshape(dy, y.shape), a, b, attrs);
  return {
    0: () => unbroadcast(byA(), a.shape),
    1: () => unbroadcast(byB(), b.shape),
    2: () => unbroadcast(dy, (bias as Tensor).shape),
  };
}
