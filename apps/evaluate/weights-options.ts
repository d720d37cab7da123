import type { LoadPretrainedOptions } from '@st/models';
import { InvalidArgumentError, Option } from 'commander';

import { numberIn } from '../command-line/parse-number.ts';
import { NORMALIZATIONS, type NormalizationName, normalizationOption } from './normalization-option.ts';

/** What a file of weights does not tell; null: as recognised. */
export type WeightsSettings = {
  readonly normalization: NormalizationName | null;
  /** Where the weights lie in a checkpoint that holds several. */
  readonly at: string | null;
  readonly imageSize: readonly [height: number, width: number] | null;
  readonly pool: 'global' | number | null;
  readonly projects: 'activated' | 'input' | null;
  /** What stands before the names of the network, where the file holds several. */
  readonly prefix: string | null;
  /** Names of tensors that the network does not have; `*` stands for anything. */
  readonly leaveOut: readonly string[] | null;
};

/** All of it as recognised. */
export const AS_RECOGNIZED: WeightsSettings = {
  normalization: null,
  at: null,
  imageSize: null,
  pool: null,
  projects: null,
  prefix: null,
  leaveOut: null,
};

/** The flags of the commands that load a file of weights. */
export function weightsOptions(): readonly Option[] {
  return [
    normalizationOption(),
    new Option(
      '--at <keys>',
      "where a checkpoint holds the weights: 'ema.state_dict'; of a run's file raw or averaged [likeliest]",
    ),
    new Option(
      '--image-size <side>',
      'size of the images that the network takes, such as 64 or 32x48 [as recognised]; those of --data folder: are scaled to it',
    ).argParser(imageSize),
    new Option(
      '--pool <window>',
      'averages features over all pixels (global) or windows of so many (4) [as recognised]',
    ).argParser(pool),
    new Option(
      '--projects <what>',
      "what a PreActResNet's shortcuts take: pytorch-cifar's activated, Wong et al.'s input",
    ).choices(['activated', 'input']),
    new Option('--prefix <start>', "which of several networks in the file, by what its names start with: 'student.'"),
    new Option(
      '--leave-out <names>',
      "tensors that are not the network's, with commas between: 'criterion.*,rot_head.*'",
    ).argParser(names),
  ];
}

/** The settings given, as the loader of `@st/models` takes them. */
export function pretrainedOptions(settings: Partial<WeightsSettings>): LoadPretrainedOptions {
  const { normalization, ...rest } = settings;
  const given = Object.entries(rest).filter(([name, value]) => name in AS_RECOGNIZED && value !== null);
  return {
    ...Object.fromEntries(given),
    ...(normalization ? { normalization: NORMALIZATIONS[normalization] } : {}),
  };
}

/** The flags given that are for files of weights alone: `--normalization`, `--image-size`. */
export function flagsGiven(settings: Partial<WeightsSettings>): readonly string[] {
  return Object.entries(settings)
    .filter(([name, value]) => name in AS_RECOGNIZED && value !== null && value !== undefined)
    .map(([name]) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
}

function imageSize(text: string): readonly [number, number] {
  const parse = numberIn({ min: 1, integer: true, hint: 'Such as 64, or 32x48 for height and width.' });
  const [height = 0, width = height, ...more] = text.split('x').map(parse);
  if (more.length === 0) return [height, width];
  throw new InvalidArgumentError('It must be a side, such as 64, or height and width, such as 32x48.');
}

function pool(text: string): 'global' | number {
  return text === 'global' ? 'global' : numberIn({ min: 1, integer: true, hint: 'Or global.' })(text);
}

function names(text: string): readonly string[] {
  const list = text.split(',').map((name) => name.trim());
  if (list.every((name) => name !== '')) return list;
  throw new InvalidArgumentError("It must be names with commas between, such as 'criterion.*,rot_head.*'.");
}
