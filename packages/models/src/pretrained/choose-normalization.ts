import { CheckpointError } from '@st/core';

import type { NetOptions } from '../nets/net-options.ts';
import type { KeyMap } from './key-map.ts';
import { CIFAR10_NORMALIZATION, CIFAR100_NORMALIZATION } from './published-normalization.ts';
import type { RecognisedArchitecture } from './recognise-architecture.ts';

type Normalization = NonNullable<NetOptions['normalization']>;

/** What images are normalised with, and how that was found out. */
export type ChosenNormalization = {
  /** Nothing where images go in as they are. */
  readonly values: Normalization | undefined;
  /** `'option'`: the caller said so; `'file'`: its buffers; `'published'`: part of the published module; `'default'`: nobody said anything, so none. */
  readonly from: 'option' | 'file' | 'published' | 'default';
};

/**
 * The caller's word, else the file's buffers, else what the published module holds as constants (Gowal et al.'s, by the number of classes),
 * else none.
 * @throws {CheckpointError} if the file's buffers are not of the images' channels.
 */
export function chooseNormalization(
  where: string,
  {
    option,
    inFile,
    network,
  }: {
    readonly option: Normalization | 'none' | undefined;
    readonly inFile: KeyMap['normalization'];
    readonly network: RecognisedArchitecture;
  },
): ChosenNormalization {
  if (option !== undefined) return { values: option === 'none' ? undefined : option, from: 'option' };
  if (inFile) return { values: perChannel(where, inFile, network.channels), from: 'file' };
  const { family, options } = network.architecture;
  const published = family.startsWith('dm-') && network.channels === 3 ? PUBLISHED[options.classes] : undefined;
  return published ? { values: published, from: 'published' } : { values: undefined, from: 'default' };
}

const PUBLISHED: Readonly<Record<number, Normalization>> = { 10: CIFAR10_NORMALIZATION, 100: CIFAR100_NORMALIZATION };

function perChannel(
  where: string,
  { mean, std, names }: NonNullable<KeyMap['normalization']>,
  channels: number,
): Normalization {
  if (mean.length === channels) return { mean, std };
  if (mean.length === 1) return { mean: Array(channels).fill(mean[0]), std: Array(channels).fill(std[0]) };
  throw new CheckpointError(
    `${where}: ${names} must have one value or ${channels}, one a channel of the images, got ${mean.length}. Pass normalization to replace them.`,
    { argument: 'normalization', received: mean },
  );
}
