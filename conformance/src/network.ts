import { DataFormatError, type SafetensorsTensor } from '@st/core';
import { loadStateDict, type NetOptions, preactResnet, resnet, wideResnet } from '@st/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import type { Golden } from './golden.ts';

type Tensors = ReadonlyMap<string, SafetensorsTensor>;

/** What a state_dict does not tell. */
export type NetworkOptions = {
  /** The tensor of images that go in: tells their size. */
  readonly images?: string;
  readonly normalization?: NonNullable<NetOptions['normalization']>;
};

/**
 * Builds the network whose state_dict lies under `state/` in the file and loads it; the caller disposes it. Kind, widths, blocks a stage,
 * classes and input channels are read off the names and shapes of the tensors.
 */
export function networkOf(golden: Golden, { images = 'x', normalization }: NetworkOptions = {}): LayersModel {
  const state = golden.under('state');
  const [, , height = 0, width = 0] = golden.tensor(images).shape;
  const channels = sizeOf(golden, state, 'conv1.weight', 1);
  const shared: NetOptions = { inputShape: [height, width, channels], ...(normalization && { normalization }) };
  const model = state.has('fc.weight') ? wide(golden, state, shared) : residual(golden, state, shared);
  loadStateDict(model, state);
  return model;
}

function residual(golden: Golden, state: Tensors, shared: NetOptions): LayersModel {
  const stages = numbersAfter(state, 'layer');
  const blocks = stages.map((stage) => numbersAfter(state, `layer${stage}.`).length);
  const bottleneck = state.has('layer1.0.conv3.weight');
  const widths = stages.map((stage) => sizeOf(golden, state, `layer${stage}.0.conv1.weight`, 0));
  const stem = sizeOf(golden, state, 'conv1.weight', 0);
  const classes = sizeOf(golden, state, 'linear.weight', 0);
  const options = { ...shared, blocks, widths, stem, classes };
  // the plain one normalises right after its first convolution
  return state.has('bn1.weight')
    ? resnet({ ...options, block: bottleneck ? 'bottleneck' : 'basic' })
    : preactResnet(options);
}

function wide(golden: Golden, state: Tensors, shared: NetOptions): LayersModel {
  const stem = sizeOf(golden, state, 'conv1.weight', 0);
  const groups = [1, 2, 3].map((group) => sizeOf(golden, state, `block${group}.layer.0.conv1.weight`, 0));
  const widen = (groups[0] ?? 0) / stem;
  const depth = 6 * numbersAfter(state, 'block1.layer.').length + 4;
  const classes = sizeOf(golden, state, 'fc.weight', 0);
  return wideResnet({ ...shared, depth, widen, widths: groups.map((width) => width / widen), classes });
}

/** The different numbers that follow `prefix` in the names, ascending. */
function numbersAfter(state: Tensors, prefix: string): number[] {
  const numbers = [...state.keys()]
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number.parseInt(name.slice(prefix.length), 10))
    .filter(Number.isInteger);
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function sizeOf(golden: Golden, state: Tensors, name: string, axis: number): number {
  const size = state.get(name)?.shape[axis];
  if (size !== undefined) return size;
  throw new DataFormatError(
    `[@st/conformance] ${golden.file}: state/ must be the state_dict of a ResNet, PreActResNet or WideResNet; it lacks '${name}'.`,
  );
}

/** Means and deviations of the channels, `mu` and `std` of the header, with commas between. */
export function normalizationOf(golden: Golden): NonNullable<NetOptions['normalization']> {
  return { mean: numbersOf(golden, 'mu'), std: numbersOf(golden, 'std') };
}

function numbersOf(golden: Golden, key: string): number[] {
  const numbers = (golden.setting(key) ?? '').split(',').map(Number);
  if (numbers.every(Number.isFinite)) return numbers;
  throw new DataFormatError(
    `[@st/conformance] ${golden.file}: the header's '${key}' must be numbers with commas between, got '${golden.setting(key)}'.`,
  );
}
