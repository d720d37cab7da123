import { CIFAR10_NORMALIZATION, CIFAR100_NORMALIZATION, type LoadPretrainedOptions } from '@st/models';
import { Option } from 'commander';

type Normalization = NonNullable<LoadPretrainedOptions['normalization']>;

export type NormalizationName = 'none' | 'cifar10' | 'cifar100';

/** What each name of `--normalization` means. */
export const NORMALIZATIONS: { readonly [name in NormalizationName]: Normalization } = {
  none: 'none',
  cifar10: CIFAR10_NORMALIZATION,
  cifar100: CIFAR100_NORMALIZATION,
};

/** The flag of the commands that load a file of weights: a plain state_dict does not tell what its network normalises with. */
export function normalizationOption(): Option {
  return new Option(
    '--normalization <name>',
    "mean and deviation that a file's network normalises images with [what the file says, else none]",
  ).choices(Object.keys(NORMALIZATIONS));
}
