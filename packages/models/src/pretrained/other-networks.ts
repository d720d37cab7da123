import { CheckpointError } from '@st/core';

import type { StateTensors } from '../weights/state-tensor.ts';

/** An unsupported network whose names start like those of a supported family. */
type OtherNetwork = { readonly name: string; readonly isIn: (state: StateTensors) => boolean };

const OTHERS: readonly OtherNetwork[] = [
  {
    name: "torchvision's wide_resnet50_2 or wide_resnet101_2 (bottlenecks whose 3x3 convolutions are wider than a quarter of the block)",
    isIn: (state) => {
      const [inner = 0, outer = 0] = [axis(state, 'layer1.0.conv1.weight', 0), axis(state, 'layer1.0.conv3.weight', 0)];
      return outer > 0 && !isGrouped(state) && outer < 4 * inner;
    },
  },
  { name: 'a ResNeXt (grouped convolutions)', isIn: isGrouped },
  { name: 'an SE-ResNet (squeeze and excitation)', isIn: (state) => anyName(state, /\.se(_module)?\./) },
  {
    name: 'a ResNet with a deep stem (three 3x3 convolutions in place of the first)',
    isIn: (state) => state.has('conv1.0.weight'),
  },
  {
    name: 'a ResNet-D (shortcuts with an average pool)',
    isIn: (state) => anyEntry(state, /\.shortcut\.1\.weight$/, (shape) => shape.length === 4),
  },
  {
    name: 'a network whose convolutions have biases',
    isIn: (state) => anyName(state, /^(layer|block)\d+\..*\b(conv\d|shortcut\.0|convShortcut)\.bias$/),
  },
  {
    name: 'a ResNet whose shortcuts have no weights where the width changes (option A: strided, padded with zeros)',
    isIn: (state) =>
      axis(state, 'layer2.0.conv1.weight', 0) !== axis(state, 'layer2.0.conv1.weight', 1) &&
      state.has('layer2.0.conv2.weight') &&
      !anyName(state, /^layer\d+\.\d+\.shortcut\./),
  },
  {
    name: 'a network without running statistics (batch normalization with track_running_stats=False, another normalization, or only parameters), which normalizes by each batch at inference',
    isIn: (state) => anyName(state, /^(bn1|bn|batchnorm)\.weight$/) && !anyName(state, /running_/),
  },
];

/**
 * Refuses known but unsupported networks by name; otherwise loading would only report missing and misshapen tensors.
 * @throws {CheckpointError} for such a network.
 */
export function refuseOtherNetworks(where: string, state: StateTensors): void {
  const found = OTHERS.find(({ isIn }) => isIn(state));
  if (!found) return;
  throw new CheckpointError(
    `${where}: the tensors are those of ${found.name}, which is not supported. Build it yourself as a tf.LayersModel and use loadStateDict.`,
    { argument: 'tensors', received: found.name },
  );
}

/** Whether the 3x3 convolution of a bottleneck is grouped: its weights have fewer input channels than its input. */
function isGrouped(state: StateTensors): boolean {
  const inputs = axis(state, 'layer1.0.conv2.weight', 1) ?? 0;
  const before = axis(state, 'layer1.0.conv1.weight', 0) ?? 0;
  return state.has('layer1.0.conv3.weight') && inputs >= 1 && before > inputs && before % inputs === 0;
}

function axis(state: StateTensors, name: string, at: number): number | undefined {
  return state.get(name)?.shape[at];
}

function anyName(state: StateTensors, pattern: RegExp): boolean {
  return [...state.keys()].some((name) => pattern.test(name));
}

function anyEntry(state: StateTensors, pattern: RegExp, fits: (shape: readonly number[]) => boolean): boolean {
  return [...state].some(([name, { shape }]) => pattern.test(name) && fits(shape));
}
