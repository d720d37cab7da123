import type { StateTensor, StateTensors } from '../weights/state-tensor.ts';

/** Buffers that normalise images: one value for all channels, or one a channel. */
export type NormalizationBuffers = {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Their names in the file, for messages. */
  readonly names: string;
  /** Whether `std` is the root of a variance that the file holds. */
  readonly fromVariance: boolean;
};

/** Names of the two buffers, as published modules register them. */
const PAIRS = [
  ['mean', 'std'],
  ['mu', 'sigma'],
  ['mu', 'std'],
  ['mean', 'sigma'],
  ['means', 'stds'],
  ['_mean', '_std'],
  ['new_mean', 'new_std'],
  ['norm_mean', 'norm_std'],
  ['pixel_mean', 'pixel_std'],
  ['image_mean', 'image_std'],
  ['data_mean', 'data_std'],
  ['mean', 'var'],
  ['mean', 'variance'],
] as const;

const VARIANCES: readonly string[] = ['var', 'variance'];

/** Finds the buffers, and the names that they have among the tensors given. */
export function findNormalization(
  tensors: StateTensors,
): { readonly buffers: readonly string[]; readonly values: NormalizationBuffers } | undefined {
  for (const [meanName, stdName] of PAIRS) {
    for (const [name, tensor] of tensors) {
      if (name !== meanName && !name.endsWith(`.${meanName}`)) continue;
      const beside = `${name.slice(0, -meanName.length)}${stdName}`;
      const [mean, spread] = [channelValues(tensor), channelValues(tensors.get(beside))];
      if (!mean || !spread || mean.length !== spread.length || spread.some((value) => value <= 0)) continue;
      const fromVariance = VARIANCES.includes(stdName);
      const std = fromVariance ? spread.map(Math.sqrt) : spread;
      return { buffers: [name, beside], values: { mean, std, names: `'${name}' and '${beside}'`, fromVariance } };
    }
  }
  return undefined;
}

/** The values of `[channels]`, `[channels, 1, 1]` or `[1, channels, 1, 1]`; nothing for other tensors, or values that are not finite. */
function channelValues(tensor: StateTensor | undefined): readonly number[] | undefined {
  if (!tensor || tensor.data.length > MOST_CHANNELS) return undefined;
  const values = Array.from(tensor.data, Number);
  const isVector = tensor.shape.filter((length) => length !== 1).length <= 1;
  return isVector && values.length > 0 && values.every(Number.isFinite) ? values : undefined;
}

/** Of images; a longer vector is something else's mean. */
const MOST_CHANNELS = 16;
