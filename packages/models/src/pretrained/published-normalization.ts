import type { NetOptions } from '../nets/net-options.ts';

type Normalization = NonNullable<NetOptions['normalization']>;

/** Mean and standard deviation of CIFAR-10's training pixels, as published by Gowal et al. 2020 (arXiv 2010.03593). */
export const CIFAR10_NORMALIZATION: Normalization = { mean: [0.4914, 0.4822, 0.4465], std: [0.2471, 0.2435, 0.2616] };

/** Mean and standard deviation of CIFAR-100's training pixels, from the same source. */
export const CIFAR100_NORMALIZATION: Normalization = { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] };
