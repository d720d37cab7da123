import { CheckpointError } from '@st/core';

import type { NetOptions } from '../nets/net-options.ts';
import type { NormalizationBuffers } from './find-normalization.ts';
import { CIFAR10_NORMALIZATION, CIFAR100_NORMALIZATION } from './published-normalization.ts';
import type { RecognizedArchitecture } from './recognize-architecture.ts';

type Normalization = NonNullable<NetOptions['normalization']>;

/** The normalization of images, and its source. */
export type ChosenNormalization = {
  /** Undefined if images are not normalized. */
  readonly values: Normalization | undefined;
  /** `'option'`: from the caller; `'file'`: from buffers in the file; `'published'`: constants of the published module; `'default'`: none known, so none. */
  readonly from: 'option' | 'file' | 'published' | 'default';
  /** How the file's buffers were converted, or why they are doubtful. */
  readonly warnings?: readonly string[];
};

/**
 * Chooses the caller's option, else the file's buffers, else the constants of the published module (Gowal et al.'s, by the number of
 * classes), else none.
 * @throws {CheckpointError} if the file's buffers do not match the number of channels, or mean and std differ in unit.
 */
export function chooseNormalization(
  where: string,
  {
    option,
    inFile,
    network,
  }: {
    readonly option: Normalization | 'none' | undefined;
    readonly inFile: NormalizationBuffers | undefined;
    readonly network: RecognizedArchitecture;
  },
): ChosenNormalization {
  if (option !== undefined) return { values: option === 'none' ? undefined : option, from: 'option' };
  if (inFile) return fromFile(where, inFile, network.channels);
  const { family, options } = network.architecture;
  const published = family.startsWith('dm-') && network.channels === 3 ? PUBLISHED[options.classes] : undefined;
  return published ? { values: published, from: 'published' } : { values: undefined, from: 'default' };
}

const PUBLISHED: Readonly<Record<number, Normalization>> = { 10: CIFAR10_NORMALIZATION, 100: CIFAR100_NORMALIZATION };

function fromFile(where: string, buffers: NormalizationBuffers, channels: number): ChosenNormalization {
  const { mean, std } = perChannel(where, buffers, channels);
  const { names } = buffers;
  const warnings = buffers.fromVariance ? [`${names}: std is the square root of the variance in the file`] : [];
  const isCentered = mean.every((value) => value === 0);
  if (Math.max(...mean) > 1 || (isCentered && Math.max(...std) > 1)) {
    return {
      values: { mean: mean.map((value) => value / GRAY_LEVELS), std: std.map((value) => value / GRAY_LEVELS) },
      from: 'file',
      warnings: [
        ...warnings,
        `${names} are in grey levels of 0 to 255 and were divided by 255, as images are in [0, 1]`,
      ],
    };
  }
  if (Math.max(...std) > 1) {
    throw new CheckpointError(
      `${where}: ${names} must have the same unit, [0, 1] or grey levels of 0 to 255, got mean (${mean.join(', ')}) and std (${std.join(', ')}). Pass normalization: { mean, std } in units of [0, 1].`,
      { argument: 'normalization', received: { mean, std } },
    );
  }
  if (Math.min(...std) < LEAST_USUAL_STD) {
    warnings.push(
      `${names}: std below ${LEAST_USUAL_STD} is unusual; if it is a variance, pass normalization with its square root`,
    );
  }
  return { values: { mean, std }, from: 'file', warnings };
}

const GRAY_LEVELS = 255;

/** Photographs and digits have standard deviations of 0.15 to 0.35 and hence variances below 0.13. */
const LEAST_USUAL_STD = 0.1;

function perChannel(where: string, { mean, std, names }: NormalizationBuffers, channels: number): Normalization {
  if (mean.length === channels) return { mean, std };
  if (mean.length === 1) return { mean: Array(channels).fill(mean[0]), std: Array(channels).fill(std[0]) };
  throw new CheckpointError(
    `${where}: ${names} must have one value, or ${channels}: one per channel of the images, got ${mean.length}. Pass normalization to replace them.`,
    { argument: 'normalization', received: mean },
  );
}
