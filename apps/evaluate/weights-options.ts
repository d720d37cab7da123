import type { LoadPretrainedOptions } from '@st/models';
import { InvalidArgumentError, Option } from 'commander';

import { numberIn } from '../command-line/parse-number.ts';
import { NORMALIZATIONS, type NormalizationName, normalizationOption } from './normalization-option.ts';

/** Settings that a weight file does not contain; null: recognized from the file. */
export type WeightsSettings = {
  readonly normalization: NormalizationName | null;
  /** Path of the weights in a checkpoint that holds several sets. */
  readonly at: string | null;
  readonly imageSize: readonly [height: number, width: number] | null;
  readonly pool: 'global' | number | null;
  readonly projects: 'activated' | 'input' | null;
  /** Prefix of the network's tensor names, in a file that holds several networks. */
  readonly prefix: string | null;
  /** Names of tensors that do not belong to the network; `*` matches anything. */
  readonly leaveOut: readonly string[] | null;
};

/** All settings recognized from the file. */
export const AS_RECOGNIZED: WeightsSettings = {
  normalization: null,
  at: null,
  imageSize: null,
  pool: null,
  projects: null,
  prefix: null,
  leaveOut: null,
};

/** The flags of commands that load weight files. */
export function weightsOptions(): readonly Option[] {
  return [
    normalizationOption(),
    new Option(
      '--at <keys>',
      "path of the weights in a checkpoint: 'ema.state_dict'; for a file of a run: raw or averaged [the most likely]",
    ),
    new Option(
      '--image-size <side>',
      'image size of the network, such as 64 or 32x48 [recognized from the file]; images of --data folder: are scaled to it',
    ).argParser(imageSize),
    new Option(
      '--pool <window>',
      'pool features over all pixels (global) or over windows of this side (4) [recognized from the file]',
    ).argParser(pool),
    new Option(
      '--projects <what>',
      "input of a PreActResNet's shortcuts: activated (pytorch-cifar) or input (Wong et al.)",
    ).choices(['activated', 'input']),
    new Option(
      '--prefix <start>',
      "prefix of the network's tensor names, if the file holds several networks: 'student.'",
    ),
    new Option(
      '--leave-out <names>',
      "tensors that do not belong to the network, comma-separated: 'criterion.*,rot_head.*'",
    ).argParser(names),
  ];
}

/** The given settings in the form that the loader of `@st/models` takes. */
export function pretrainedOptions(settings: Partial<WeightsSettings>): LoadPretrainedOptions {
  const { normalization, ...rest } = settings;
  const given = Object.entries(rest).filter(([name, value]) => name in AS_RECOGNIZED && value !== null);
  return {
    ...Object.fromEntries(given),
    ...(normalization ? { normalization: NORMALIZATIONS[normalization] } : {}),
  };
}

/** The given flags that apply only to weight files: `--normalization`, `--image-size`. */
export function flagsGiven(settings: Partial<WeightsSettings>): readonly string[] {
  return Object.entries(settings)
    .filter(([name, value]) => name in AS_RECOGNIZED && value !== null && value !== undefined)
    .map(([name]) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}

function imageSize(text: string): readonly [number, number] {
  const parse = numberIn({ min: 1, integer: true, hint: 'Such as 64, or 32x48 for height and width.' });
  const [height = 0, width = height, ...more] = text.split('x').map(parse);
  if (more.length === 0) return [height, width];
  throw new InvalidArgumentError('It must be one side, such as 64, or height and width, such as 32x48.');
}

function pool(text: string): 'global' | number {
  return text === 'global' ? 'global' : numberIn({ min: 1, integer: true, hint: 'Or global.' })(text);
}

function names(text: string): readonly string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.every((name) => name !== '')) return list;
  throw new InvalidArgumentError("It must be comma-separated names, such as 'criterion.*,rot_head.*'.");
}
