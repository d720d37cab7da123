import { checkKnownOptions, checkNumber, describeValue, InvalidArgumentError, type Where } from '@st/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import type { NetActivation, NetOptions } from '../nets/net-options.ts';
import type { ProjectionInput } from '../nets/preact-block.ts';
import { assignStateDict } from '../weights/load-state-dict.ts';
import type { StateTensors } from '../weights/state-tensor.ts';
import { buildArchitecture, nameOf, publishedActivation } from './architecture.ts';
import { chooseNormalization } from './choose-normalization.ts';
import { mapKeys } from './key-map.ts';
import { recogniseArchitecture } from './recognise-architecture.ts';
import { describeRecognised, type Recognised } from './recognised.ts';

/** What the names and shapes of a state_dict do not tell. */
export type ModelFromStateDictOptions = {
  /**
   * What images in [0, 1] are normalised with inside the model, or `'none'`. Default: the file's own buffers (`mean`, `std`; `mu`, `sigma`),
   * for Gowal et al.'s modules the constants that they hold for CIFAR-10 and CIFAR-100, else none, with a warning in `recognised`: a
   * state_dict cannot tell, and a model that misses its normalisation still answers, only wrongly.
   */
  readonly normalization?: NonNullable<NetOptions['normalization']> | 'none';
  /** Height and width of the images; null accepts any. Default [32, 32]. */
  readonly imageSize?: readonly [height: number | null, width: number | null];
  /** Default: what the family was published with: SiLU for Gowal et al.'s, else ReLU. */
  readonly activation?: NetActivation;
  /** Of PreActResNets: what the convolutions of shortcuts take. Default `'activated'` where there is a last normalisation, else `'input'`. */
  readonly projects?: ProjectionInput;
  /** The model's name. Default: what was recognised, as `wrn-34-10`. */
  readonly name?: string;
};

const OPTIONS: readonly (keyof ModelFromStateDictOptions)[] = [
  'normalization',
  'imageSize',
  'activation',
  'projects',
  'name',
];

/** A model with its weights, and what it was recognised by. */
export type RecognisedModel = {
  /** From `[batch, height, width, channels]` in [0, 1] to logits; `dispose()` frees it. */
  readonly model: LayersModel;
  readonly recognised: Recognised;
};

/**
 * Builds the network that a PyTorch state_dict belongs to, and loads it: kind, widths, blocks, classes and channels are read off the names
 * and shapes. Known are the ResNets, PreActResNets and WideResNets of Squeeze Training, TRADES, AWP and RobustBench, with `sub_block1`, and
 * Gowal et al.'s and Rebuffi et al.'s SiLU networks; before the names may stand `module.`, `model.` and the like.
 * @returns The model is the caller's.
 * @throws {CheckpointError} if no family fits, sizes contradict each other, or tensors are missing, extra or misshapen, by name.
 * @throws {InvalidArgumentError} for an option that cannot be meant.
 */
export function modelFromStateDict(tensors: StateTensors, options: ModelFromStateDictOptions = {}): RecognisedModel {
  checkModelOptions('[@st/models] modelFromStateDict', options);
  return recogniseModel('[@st/models] modelFromStateDict', tensors, options);
}

/** `modelFromStateDict` under the name of its caller, which has checked the options. */
export function recogniseModel(
  where: string,
  tensors: StateTensors,
  { normalization: option, imageSize = [32, 32], activation, projects, name }: ModelFromStateDictOptions,
): RecognisedModel {
  const { prefix, network, normalization: inFile, ignored } = mapKeys(tensors);
  const found = recogniseArchitecture(where, network, projects ? { projects } : {});
  const { architecture, channels } = found;
  const normalization = chooseNormalization(where, { option, inFile, network: found });
  const activated = activation ?? publishedActivation(architecture);
  const model = buildArchitecture(architecture, {
    inputShape: [...imageSize, channels],
    activation: activated,
    ...(normalization.values && { normalization: normalization.values }),
    name: name ?? slug(nameOf(architecture)),
  });
  try {
    assignStateDict(model, network, { where, mend: 'The file is damaged, or of another architecture.' });
  } catch (error) {
    model.dispose();
    throw error;
  }
  const recognised = {
    name: nameOf(architecture),
    architecture,
    activation: activated,
    normalization,
    prefix,
    ignored,
  };
  return { model, recognised: describeRecognised(recognised) };
}

/** `WRN-34-10 with widths [1, 2]` is `wrn-34-10-with-widths-1-2`. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
    .join('-');
}

/** @throws {InvalidArgumentError} for an unknown option, or a value that no network takes; the networks check the rest. */
export function checkModelOptions(where: Where, options: ModelFromStateDictOptions, own: readonly string[] = []): void {
  checkKnownOptions(where, options, [...OPTIONS, ...own]);
  const { imageSize, normalization } = options;
  if (imageSize !== undefined) {
    if (!Array.isArray(imageSize) || imageSize.length !== 2) {
      throw new InvalidArgumentError(`${where}: imageSize must be [height, width], got ${describeValue(imageSize)}.`, {
        argument: 'imageSize',
        received: imageSize,
      });
    }
    for (const [axis, size] of imageSize.entries()) {
      if (size !== null) checkNumber(where, `imageSize[${axis}]`, size, { min: 1, integer: true });
    }
  }
  if (typeof normalization === 'string' && normalization !== 'none') {
    throw new InvalidArgumentError(
      `${where}: normalization must be { mean, std } with one number a channel, or 'none', got ${describeValue(normalization)}.`,
      { argument: 'normalization', received: normalization },
    );
  }
}
