import type { StateTensor, StateTensors } from '../weights/state-tensor.ts';

/** Buffers that normalize images: one value for all channels, or one per channel. */
export type NormalizationBuffers = {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Their names in the file, for messages. */
  readonly names: string;
  /** Whether the file holds the variance, of which `std` is the square root. */
  readonly fromVariance: boolean;
};

/** Names of the two buffers in published modules. */
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

/** Finds the two buffers among the tensors: their names and their values. */
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

/** The values of `[channels]`, `[channels, 1, 1]` or `[1, channels, 1, 1]`; undefined for other shapes or values that are not finite. */
function channelValues(tensor: StateTensor | undefined): readonly number[] | undefined {
  if (!tensor || tensor.data.length > MOST_CHANNELS) return undefined;
  const values = Array.from(tensor.data, Number);
  const isVector = tensor.shape.filter((length) => length !== 1).length <= 1;
  return isVector && values.length > 0 && values.every(Number.isFinite) ? values : undefined;
}

/** Maximum number of image channels; a longer vector has another meaning. */
const MOST_CHANNELS = 16;
