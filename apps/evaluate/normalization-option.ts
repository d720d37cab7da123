import { CIFAR10_NORMALIZATION, CIFAR100_NORMALIZATION, type LoadPretrainedOptions } from '@st/models';
import { Option } from 'commander';

type Normalization = NonNullable<LoadPretrainedOptions['normalization']>;

export type NormalizationName = 'none' | 'cifar10' | 'cifar100';

/** The normalization of each name that `--normalization` takes. */
export const NORMALIZATIONS: { readonly [name in NormalizationName]: Normalization } = {
  none: 'none',
  cifar10: CIFAR10_NORMALIZATION,
  cifar100: CIFAR100_NORMALIZATION,
};

/** The flag `--normalization` of commands that load weight files: a plain state_dict does not hold the normalization of its network. */
export function normalizationOption(): Option {
  return new Option(
    '--normalization <name>',
    "mean and deviation with which a file's network normalizes images [from the file, otherwise none]",
  ).choices(Object.keys(NORMALIZATIONS));
}
