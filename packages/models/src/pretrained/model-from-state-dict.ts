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

/** What cannot be read from the names and shapes of a state_dict. */
export type ModelFromStateDictOptions = {
  /**
   * Mean and std by which the model normalizes images in [0, 1], or `'none'`. Default: the file's buffers (`mean`, `std`; `mu`, `sigma`); for
   * Gowal et al.'s modules their constants for CIFAR-10 and CIFAR-100; else none, with a warning in `recognized`, because without its
   * normalization a model silently returns wrong logits.
   */
  readonly normalization?: NonNullable<NetOptions['normalization']> | 'none';
  /**
   * Height and width of the images; null accepts any. Default [32, 32]; if the classifier takes several averages per feature, the size that
   * yields as many (64 x 64 for four); [224, 224] for ImageNet stems.
   */
  readonly imageSize?: readonly [height: number | null, width: number | null];
  /**
   * How features are averaged, see `NetOptions`. Default: over all pixels for torchvision's names, else over windows of 4 x 4 as in published
   * code (WideResNets: 8 x 8), with a warning where the two differ.
   */
  readonly pool?: Pool;
  /** Prefix of the names of the network to load if the file holds several: `'student.'`. All other tensors are left out. */
  readonly prefix?: string;
  /**
   * Tensors not to load: names in the file, in which `*` matches any text, or regular expressions (`['rot_linear.*']`). Default: none; tensors
   * that the network does not have are an error.
   */
  readonly leaveOut?: LeaveOut;
  /** Default: the published activation of the family: SiLU for Gowal et al.'s, else ReLU. */
  readonly activation?: NetActivation;
  /**
   * For PreActResNets: the input of the shortcut convolutions. Default `'activated'` if the network ends with a batch normalization; required
   * if it does not, because two such networks are published.
   */
  readonly projects?: ProjectionInput;
  /** The model's name. Default: the recognized network, such as `wrn-34-10`. */
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

/** A model with its weights, and what was recognized. */
export type RecognizedModel = {
  /** From `[batch, height, width, channels]` in [0, 1] to logits; `dispose()` frees it. */
  readonly model: LayersModel;
  readonly recognized: Recognized;
};

/**
 * Builds the network that a PyTorch state_dict belongs to, and loads the weights. Kind, widths, blocks, classes and channels are read from the
 * names and shapes. Supported: the ResNets, PreActResNets and WideResNets (with `sub_block1`) of Squeeze Training, TRADES, AWP and
 * RobustBench, the SiLU networks of Gowal et al. and Rebuffi et al., and torchvision's and timm's ResNets. Prefixes and wrappers such as
 * `module.`, `_orig_mod.` and `model.` are removed from the names. Weights under weight or spectral normalization are computed.
 * @returns The model, which the caller disposes, and what was recognized.
 * @throws {CheckpointError} if no family fits, sizes contradict each other, or tensors are missing, extra or misshapen, by name.
 * @throws {InvalidArgumentError} for an invalid option.
 */
export function modelFromStateDict(tensors: StateTensors, options: ModelFromStateDictOptions = {}): RecognizedModel {
  checkModelOptions('[@st/models] modelFromStateDict', options);
  checkStateTensors('[@st/models] modelFromStateDict', tensors);
  return recognizeModel('[@st/models] modelFromStateDict', tensors, options);
}

/**
 * `modelFromStateDict` for a caller that has checked the options, with the caller's name in errors.
 * @param isOwnCheckpoint - Whether `fit` saved the tensors: networks of this package pool over all pixels by default.
 */
export function recognizeModel(
  where: string,
  tensors: StateTensors,
  { normalization: option, imageSize, activation, projects, pool, prefix, leaveOut, name }: ModelFromStateDictOptions,
  isOwnCheckpoint = false,
): RecognizedModel {
  const keys = mapKeys(where, tensors, { prefix, leaveOut });
  const { network, ignored, leftOut, notes, isTorchvision } = keys;
  const found = recognizeArchitecture(where, network, projects ? { projects } : {});
  const { architecture, channels, columns } = found;
  const normalization = chooseNormalization(where, { option, inFile: keys.normalization, network: found });
  const poolsGlobally = isTorchvision || isOwnCheckpoint;
  const chosen = choosePool(where, architecture, { pool, imageSize, columns, poolsGlobally });
  const chosenActivation = activation ?? publishedActivation(architecture);
  const model = buildArchitecture(architecture, {
    inputShape: [...chosen.imageSize, channels],
    activation: chosenActivation,
    pool: chosen.pool,
    ...(normalization.values && { normalization: normalization.values }),
    name: name ?? slug(nameOf(architecture)),
  });
  try {
    const { nameInFile, unexpected } = keys;
    assignStateDict(model, network, { where, hint: (misfits) => hintFor(keys, misfits), nameInFile, unexpected });
  } catch (error) {
    model.dispose();
    throw error;
  }
  const recognized = {
    name: nameOf(architecture),
    architecture,
    activation: chosenActivation,
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

const SMALL_STEM = "assumed stride 1 and no max pool for a 3x3 stem with torchvision's names";

/** The hint of an error about tensors that do not fit. */
function hintFor({ prefix }: KeyMap, { missing, extra, misshapen }: Misfits): string {
  if (missing.length + misshapen.length > 0) {
    return 'The tensors belong to another variant of the network or are incomplete. Build the model yourself and use loadStateDict.';
  }
  const patterns = patternsFor(extra);
  const shown = patterns.slice(0, PATTERNS_SHOWN).map((pattern) => `'${pattern}'`);
  const more = patterns.length > PATTERNS_SHOWN ? ', ...' : '';
  const isOutside = prefix !== '' && extra.every((name) => !name.startsWith(prefix));
  return `If the output does not depend on them, load without them: leaveOut: [${shown.join(', ')}${more}]${isOutside ? `, or prefix: '${prefix}'` : ''}.`;
}

const PATTERNS_SHOWN = 4;

/** `WRN-34-10 with widths [1, 2]` becomes `wrn-34-10-with-widths-1-2`. */
function slug(text: string): string {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean)
    .join('-');
}

/** @throws {InvalidArgumentError} for an unknown option, or a value that no network accepts; the networks check the rest. */
export function checkModelOptions(where: Where, options: ModelFromStateDictOptions, own: readonly string[] = []): void {
  checkKnownOptions(where, options, [...OPTIONS, ...own]);
  const { imageSize, normalization, pool, prefix, leaveOut, projects } = options;
  if (prefix !== undefined && typeof prefix !== 'string') {
    throw new InvalidArgumentError(
      `${where}: prefix must be the prefix of the network's names, such as 'student.', got ${describeValue(prefix)}.`,
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
      `${where}: normalization must be { mean, std } with one number per channel, or 'none', got ${describeValue(normalization)}.`,
      { argument: 'normalization', received: normalization },
    );
  }
}
