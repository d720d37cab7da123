import { InvalidArgumentError } from '@st/core';
import { checkChoice, checkKnownOptions, checkNumber, describeValue, type Where } from '@st/core/kit';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import { checkStateTensors } from '../check-arguments.ts';
import { checkPool, type NetActivation, type NetOptions, type Pool } from '../nets/net-options.ts';
import { PROJECTION_INPUTS, type ProjectionInput } from '../nets/preact-block.ts';
import { assignStateDict, type Misfits } from '../weights/load-state-dict.ts';
import type { StateTensors } from '../weights/state-tensor.ts';
import { buildArchitecture, nameOf, publishedActivation } from './architecture.ts';
import { chooseNormalization } from './choose-normalization.ts';
import { choosePool } from './choose-pool.ts';
import { type KeyMap, mapKeys } from './key-map.ts';
import { checkLeaveOut, type LeaveOut, patternsFor } from './leave-out.ts';
import { recognizeArchitecture } from './recognize-architecture.ts';
import { describeRecognized, type Recognized } from './recognized.ts';

/** What the names and shapes of a state_dict do not tell. */
export type ModelFromStateDictOptions = {
  /**
   * What images in [0, 1] are normalised with inside the model, or `'none'`. Default: the file's own buffers (`mean`, `std`; `mu`, `sigma`),
   * for Gowal et al.'s modules the constants that they hold for CIFAR-10 and CIFAR-100, else none, with a warning in `recognized`: a
   * state_dict cannot tell, and a model that misses its normalisation still answers, only wrongly.
   */
  readonly normalization?: NonNullable<NetOptions['normalization']> | 'none';
  /**
   * Height and width of the images; null accepts any. Default [32, 32]; where the classifier takes several averages a feature, the size that
   * gives so many (64 x 64 for four); [224, 224] for ImageNet stems.
   */
  readonly imageSize?: readonly [height: number | null, width: number | null];
  /**
   * How features are averaged, see `NetOptions`. Default: over all pixels for torchvision's names, else as published code does (windows of 4,
   * of WideResNets 8, a side), where that differs with a warning.
   */
  readonly pool?: Pool;
  /** What stands before the names of the network to load, where the file holds several: `'student.'`. What is beside it is left out. */
  readonly prefix?: string;
  /**
   * Tensors to load without: names in the file, `*` standing for anything in them, or regular expressions (`['rot_linear.*']`). Default:
   * none; tensors that the network does not have are refused.
   */
  readonly leaveOut?: LeaveOut;
  /** Default: what the family was published with: SiLU for Gowal et al.'s, else ReLU. */
  readonly activation?: NetActivation;
  /**
   * Of PreActResNets: what the convolutions of shortcuts take. Default `'activated'` where there is a last normalisation; without one two
   * networks are published, and it must be said.
   */
  readonly projects?: ProjectionInput;
  /** The model's name. Default: what was recognised, as `wrn-34-10`. */
  readonly name?: string;
};

const OPTIONS: readonly (keyof ModelFromStateDictOptions)[] = [
  'normalization',
  'imageSize',
  'activation',
  'projects',
  'pool',
  'prefix',
  'leaveOut',
  'name',
];

/** A model with its weights, and what it was recognised by. */
export type RecognizedModel = {
  /** From `[batch, height, width, channels]` in [0, 1] to logits; `dispose()` frees it. */
  readonly model: LayersModel;
  readonly recognized: Recognized;
};

/**
 * Builds the network that a PyTorch state_dict belongs to, and loads it: kind, widths, blocks, classes and channels are read off the names
 * and shapes. Known are the ResNets, PreActResNets and WideResNets of Squeeze Training, TRADES, AWP and RobustBench, with `sub_block1`, and
 * Gowal et al.'s and Rebuffi et al.'s SiLU networks, torchvision's and timm's ResNets; before and inside the names may stand `module.`,
 * `_orig_mod.`, `model.` and the like. Weights under weight or spectral normalisation are computed.
 * @returns The model is the caller's.
 * @throws {CheckpointError} if no family fits, sizes contradict each other, or tensors are missing, extra or misshapen, by name.
 * @throws {InvalidArgumentError} for an option that cannot be meant.
 */
export function modelFromStateDict(tensors: StateTensors, options: ModelFromStateDictOptions = {}): RecognizedModel {
  checkModelOptions('[@st/models] modelFromStateDict', options);
  checkStateTensors('[@st/models] modelFromStateDict', tensors);
  return recognizeModel('[@st/models] modelFromStateDict', tensors, options);
}

/**
 * `modelFromStateDict` under the name of its caller, which has checked the options.
 * @param isOurs - Whether a network of this package was saved, which pools over all pixels unless told otherwise.
 */
export function recognizeModel(
  where: string,
  tensors: StateTensors,
  { normalization: option, imageSize, activation, projects, pool, prefix, leaveOut, name }: ModelFromStateDictOptions,
  isOurs = false,
): RecognizedModel {
  const keys = mapKeys(where, tensors, { prefix, leaveOut });
  const { network, ignored, leftOut, notes, isTorchvision } = keys;
  const found = recognizeArchitecture(where, network, projects ? { projects } : {});
  const { architecture, channels, columns } = found;
  const normalization = chooseNormalization(where, { option, inFile: keys.normalization, network: found });
  const poolsGlobally = isTorchvision || isOurs;
  const chosen = choosePool(where, architecture, { pool, imageSize, columns, poolsGlobally });
  const activated = activation ?? publishedActivation(architecture);
  const model = buildArchitecture(architecture, {
    inputShape: [...chosen.imageSize, channels],
    activation: activated,
    pool: chosen.pool,
    ...(normalization.values && { normalization: normalization.values }),
    name: name ?? slug(nameOf(architecture)),
  });
  try {
    const { nameInFile, strange } = keys;
    assignStateDict(model, network, { where, mend: (misfits) => mendOf(keys, misfits), nameInFile, strange });
  } catch (error) {
    model.dispose();
    throw error;
  }
  const recognized = {
    name: nameOf(architecture),
    architecture,
    activation: activated,
    normalization,
    prefix: keys.prefix,
    ignored,
    leftOut,
    notes,
    pool: chosen.pool,
    imageSize: chosen.imageSize,
  };
  const stem =
    isTorchvision && found.architecture.family === 'resnet' && found.architecture.options.stem !== 'imagenet'
      ? [SMALL_STEM]
      : [];
  return { model, recognized: describeRecognized(recognized, [...chosen.warnings, ...stem]) };
}

const SMALL_STEM = "torchvision's names with a 3x3 stem are taken to be without a max pool, and at stride 1";

/** How tensors that do not fit are mended: left out where they are only too many. */
function mendOf({ prefix }: KeyMap, { missing, extra, misshapen }: Misfits): string {
  if (missing.length + misshapen.length > 0) {
    return 'The names are those of another variant of the network, or not all of its tensors are there. Build the model yourself and use loadStateDict.';
  }
  const patterns = patternsFor(extra);
  const shown = patterns.slice(0, PATTERNS_SHOWN).map((pattern) => `'${pattern}'`);
  const more = patterns.length > PATTERNS_SHOWN ? ', ...' : '';
  const isOutside = prefix !== '' && extra.every((name) => !name.startsWith(prefix));
  return `If the output does not depend on them, load without them: leaveOut: [${shown.join(', ')}${more}]${isOutside ? `, or prefix: '${prefix}'` : ''}.`;
}

const PATTERNS_SHOWN = 4;

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
  const { imageSize, normalization, pool, prefix, leaveOut, projects } = options;
  if (prefix !== undefined && typeof prefix !== 'string') {
    throw new InvalidArgumentError(
      `${where}: prefix must be what stands before the network's names, such as 'student.', got ${describeValue(prefix)}.`,
      { argument: 'prefix', received: prefix },
    );
  }
  checkLeaveOut(where, leaveOut);
  if (pool !== undefined) checkPool(where, pool);
  if (projects !== undefined) checkChoice(where, 'projects', projects, PROJECTION_INPUTS);
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
