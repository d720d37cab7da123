import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';

import { isLayersModel } from './kind-of-model.ts';
import type { Layer } from './model-layers.ts';
import { type ProbabilityActivation, probeLayer } from './probe-layer.ts';

type Node = Layer['inboundNodes'][number];

/** The layer that makes the values of a model's output, found by going back from the output through layers that only pass values on. */
export type OutputSource = {
  /** The layer. */
  readonly layer: Layer;
  /** The activation that it applies last; null if it is not one of the three. */
  readonly activation: ProbabilityActivation | null;
  /** The effect of the layer is known, as of a dense or convolutional layer of tfjs-layers. */
  readonly isKnown: boolean;
  /** `layer.call` applies only the activation. */
  readonly isActivationAlone: boolean;
  /** Shape of the layer's output, and the axis that its softmax sums over. */
  readonly shape: readonly (number | null)[];
  readonly axis: number;
  /** The layers between it and the output, nearest to the output first. */
  readonly passed: readonly Layer[];
  /** Identifies one of several calls of a layer. */
  readonly call: string;
};

/** The sources of the model's single output; several if branches are joined. */
export function outputSources(model: LayersModel): readonly OutputSource[] {
  const output = model.outputs[0];
  return output ? sourcesOf(output, [], []) : [];
}

/** The number of calls of each layer in one pass of the model. */
export function callCounts(model: LayersModel, counts: Map<Layer, number> = new Map()): ReadonlyMap<Layer, number> {
  const seen = new Set<Node>();
  const visit = (tensor: SymbolicTensor): void => {
    const node = nodeOf(tensor);
    if (!node || seen.has(node)) return;
    seen.add(node);
    const layer = tensor.sourceLayer;
    if (isLayersModel(layer)) callCounts(layer, counts);
    else counts.set(layer, (counts.get(layer) ?? 0) + 1);
    for (const input of node.inputTensors) if (input !== tensor) visit(input);
  };
  for (const output of model.outputs) visit(output);
  return counts;
}

/** A nested model on the path back, and the node at which it is called. */
type Frame = { readonly model: LayersModel; readonly node: Node };

/** Layers whose output has the values of their input in another shape or order, or, for dropout, some of them. */
export const DROPOUTS: readonly string[] = [
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'AlphaDropout',
  'GaussianDropout',
  'GaussianNoise',
];
const PASSING: readonly string[] = [...DROPOUTS, 'Reshape', 'Flatten', 'Permute', 'Masking', 'ReLU', 'Cropping2D'];
/** Layers whose output is a mean of their input. */
export const GLOBAL_MEANS: readonly string[] = ['GlobalAveragePooling1D', 'GlobalAveragePooling2D'];
const POOLING: readonly string[] = [
  ...GLOBAL_MEANS,
  ...['Average', 'Max'].flatMap((kind) => ['1D', '2D', '3D'].map((rank) => `${kind}Pooling${rank}`)),
  ...['1D', '2D'].map((rank) => `GlobalMaxPooling${rank}`),
];
const MERGING: readonly string[] = ['Average', 'Add', 'Maximum', 'Minimum', 'Multiply', 'Concatenate'];
/** Layers of tfjs-layers that end in a configurable activation. */
const ACTIVATED: readonly string[] = [
  'Dense',
  'Activation',
  ...['Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose', 'DepthwiseConv2D', 'SeparableConv2D'],
];
/** Activations that do not change probabilities. */
const KEEPING: readonly unknown[] = ['linear', 'relu', 'relu6'];

function nodeOf(tensor: SymbolicTensor): Node | undefined {
  return tensor.sourceLayer.inboundNodes[tensor.nodeIndex];
}

function sourcesOf(tensor: SymbolicTensor, frames: readonly Frame[], passed: readonly Layer[]): OutputSource[] {
  const layer = tensor.sourceLayer;
  const node = nodeOf(tensor);
  if (!node) return [];
  if (isLayersModel(layer)) {
    const inner = layer.outputs[tensor.tensorIndex];
    return inner ? sourcesOf(inner, [{ model: layer, node }, ...frames], passed) : [];
  }
  if (layer.getClassName() === 'InputLayer') {
    const [frame, ...outer] = frames;
    const outside = frame?.node.inputTensors[frame.model.inputs.indexOf(tensor)];
    return outside ? sourcesOf(outside, outer, passed) : [];
  }
  const found = sourceAt(layer, tensor);
  if (found !== 'passes') {
    const call = [node, ...frames.map((frame) => frame.node)].map(({ id }) => id).join('/');
    return [{ layer, ...found, shape: tensor.shape, passed, call }];
  }
  return node.inputTensors.flatMap((input) => sourcesOf(input, frames, [...passed, layer]));
}

type Made = Pick<OutputSource, 'activation' | 'isKnown' | 'isActivationAlone' | 'axis'>;

function sourceAt(layer: Layer, tensor: SymbolicTensor): Made | 'passes' {
  const name = layer.getClassName();
  if ([...PASSING, ...POOLING, ...MERGING].includes(name)) return 'passes';
  if (name === 'Softmax') {
    const axis: unknown = Reflect.get(layer, 'axis');
    return {
      activation: 'softmax',
      isKnown: true,
      isActivationAlone: true,
      axis: typeof axis === 'number' ? axis : -1,
    };
  }
  if (ACTIVATED.includes(name)) {
    const activation = activationOf(layer);
    const isActivationAlone = name === 'Activation';
    if (isActivationAlone && KEEPING.includes(activation)) return 'passes';
    return { activation: asProbability(activation), isKnown: true, isActivationAlone, axis: -1 };
  }
  const wrapped: unknown = name === 'TimeDistributed' ? Reflect.get(layer, 'layer') : undefined;
  if (wrapped) {
    const activation = asProbability(activationOf(wrapped as Layer));
    return { activation, isKnown: true, isActivationAlone: false, axis: -1 };
  }
  const probed = probeLayer(layer, tensor);
  if (probed === 'passes') return 'passes';
  return { ...probed, isKnown: false, axis: -1 };
}

function activationOf(layer: Layer): unknown {
  const activation: unknown = Reflect.get(layer, 'activation');
  return typeof activation === 'object' && activation !== null ? (activation as Layer).getClassName() : undefined;
}

function asProbability(activation: unknown): ProbabilityActivation | null {
  return activation === 'softmax' || activation === 'sigmoid' || activation === 'logSoftmax' ? activation : null;
}
