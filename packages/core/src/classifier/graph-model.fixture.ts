import { type GraphModel, loadGraphModel } from '@tensorflow/tfjs-converter';
import * as tf from '@tensorflow/tfjs-core';

import { createRng } from '../rng.ts';

/** A node in the format of a `model.json`. */
export type GraphNode = {
  readonly name: string;
  readonly op: string;
  readonly input?: string[];
  readonly attr?: object;
};

export const FLOAT = { type: 'DT_FLOAT' };
const NHWC = { s: 'TkhXQw==' };
export const ints = (...i: number[]): object => ({ list: { i: i.map(String) } });
export const texts = (...s: string[]): object => ({ list: { s: s.map((text) => btoa(text)) } });

/** An input node for images of this shape; -1 for any size. */
export function placeholder(name: string, shape: readonly number[]): GraphNode {
  const dim = shape.map((size) => ({ size: String(size) }));
  return { name, op: 'Placeholder', attr: { dtype: FLOAT, shape: { shape: { dim } } } };
}

/** Attributes of a convolution or pooling over NHWC images. */
export function windows(strides: readonly number[], more: object = {}): object {
  return { T: FLOAT, data_format: NHWC, padding: { s: btoa('SAME') }, strides: ints(1, ...strides, 1), ...more };
}

/** Loads nodes and weights with `tf.loadGraphModel` of tfjs-converter, as for a converted SavedModel. */
export async function graphModelOf(
  nodes: readonly GraphNode[],
  weights: Readonly<Record<string, tf.Tensor>>,
  signature?: object,
): Promise<GraphModel> {
  const { data, specs } = await tf.io.encodeWeights(weights);
  const constants = Object.entries(weights).map(([name, { dtype, shape }]) => ({
    name,
    op: 'Const',
    attr: {
      dtype: { type: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT' },
      value: {
        tensor: {
          dtype: dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT',
          tensorShape: { dim: shape.map((size) => ({ size: String(size) })) },
        },
      },
    },
  }));
  const modelTopology = {
    node: [...constants, ...nodes.map((node) => ({ input: [], attr: {}, ...node }))],
    versions: { producer: 1395 },
  };
  return loadGraphModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: specs,
      weightData: data,
      format: 'graph-model',
      ...(signature && { signature }),
    }),
  );
}

/** A small network for images [6, 6, 3] and three classes as tfjs-converter's command optimizes it: with fused convolutions and matrix products. */
export function fusedNetwork(): readonly GraphNode[] {
  const fused = (activation?: string): object => ({
    num_args: { i: '1' },
    fused_ops: texts('BiasAdd', ...(activation ? [activation] : [])),
  });
  const convolution = (activation: string): object =>
    windows([1, 1], { dilations: ints(1, 1, 1, 1), ...fused(activation) });
  const node = (name: string, op: string, input: string[], attr: object): GraphNode => ({ name, op, input, attr });
  return [
    placeholder('images', [-1, 6, 6, 3]),
    node('conv', '_FusedConv2D', ['images', 'w1', 'b1'], convolution('Relu')),
    node('pool', 'MaxPool', ['conv'], windows([2, 2], { ksize: ints(1, 2, 2, 1) })),
    node('depth', 'FusedDepthwiseConv2dNative', ['pool', 'w2', 'b2'], convolution('Relu6')),
    node('norm', 'FusedBatchNormV3', ['depth', 'scale', 'offset', 'mean', 'variance'], {
      ...{ T: FLOAT, epsilon: { f: 0.001 }, is_training: { b: false } },
    }),
    node('average', 'AvgPool', ['norm'], windows([2, 2], { ksize: ints(1, 3, 3, 1) })),
    node('flat', 'Reshape', ['average', 'flatShape'], { T: FLOAT }),
    node('hidden', '_FusedMatMul', ['flat', 'w3', 'b3'], {
      T: FLOAT,
      ...fused('LeakyRelu'),
      leakyrelu_alpha: { f: 0.2 },
    }),
    node('hidden2', '_FusedMatMul', ['hidden', 'w4', 'b4'], { T: FLOAT, ...fused() }),
    node('logits', 'Identity', ['hidden2'], { T: FLOAT }),
  ];
}

/** The weights of `fusedNetwork`; the caller disposes them. */
export function networkWeights(): NetworkWeights {
  const draw = <T extends tf.Tensor>(shape: number[], seed: number): T =>
    createRng(seed).normal(shape as [number], 0, 0.5) as tf.Tensor as T;
  return {
    ...{ w1: draw([3, 3, 3, 4], 1), b1: draw([4], 2), w2: draw([3, 3, 4, 1], 3), b2: draw([4], 4) },
    ...{ scale: tf.tensor1d([1, 2, 0.5, 1]), offset: draw([4], 5), mean: draw([4], 6) },
    ...{ variance: tf.tensor1d([1, 0.5, 2, 1]), flatShape: tf.tensor1d([-1, 16], 'int32') },
    ...{ w3: draw([16, 8], 7), b3: draw([8], 8), w4: draw([8, 3], 9), b4: draw([3], 10) },
  };
}

type NetworkWeights = Record<
  'b1' | 'b2' | 'scale' | 'offset' | 'mean' | 'variance' | 'flatShape' | 'b3' | 'b4',
  tf.Tensor1D
> &
  Record<'w1' | 'w2', tf.Tensor4D> &
  Record<'w3' | 'w4', tf.Tensor2D>;
