import { DataFormatError } from '@st/core';
import { modelFromStateDict, type NetOptions } from '@st/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';

import type { Golden } from './golden.ts';

/** Properties of the network that a state_dict does not contain. */
export type NetworkOptions = {
  /** The tensor of input images, which gives their size. */
  readonly images?: string;
  readonly normalization?: NonNullable<NetOptions['normalization']>;
};

/** Builds the network whose state_dict lies under `state/` in the file and loads it; the caller disposes it. */
export function networkOf(golden: Golden, { images = 'x', normalization }: NetworkOptions = {}): LayersModel {
  const [, , height = 0, width = 0] = golden.tensor(images).shape;
  const options = { imageSize: [height, width], normalization: normalization ?? 'none' } as const;
  return modelFromStateDict(golden.under('state'), options).model;
}

/** Means and deviations of the channels: `mu` and `std` of the header, comma-separated. */
export function normalizationOf(golden: Golden): NonNullable<NetOptions['normalization']> {
  return { mean: numbersOf(golden, 'mu'), std: numbersOf(golden, 'std') };
}

function numbersOf(golden: Golden, key: string): number[] {
  const numbers = (golden.setting(key) ?? '').split(',').map(Number);
  if (numbers.every(Number.isFinite)) return numbers;
  throw new DataFormatError(
    `[@st/conformance] ${golden.file}: the header's '${key}' must be comma-separated numbers, got '${golden.setting(key)}'.`,
  );
}
