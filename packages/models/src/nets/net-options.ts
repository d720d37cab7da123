import { checkChoice, checkKnownOptions, checkNumber, describeValue, InvalidArgumentError, type Where } from '@st/core';

/** What a network applies after its batch normalisations: max(0, x), or x * sigmoid(x), also called Swish (Ramachandran et al. 2017, arXiv 1710.05941). */
export type NetActivation = 'relu' | 'silu';

const NET_ACTIVATIONS: readonly NetActivation[] = ['relu', 'silu'];

/** What every network takes. */
export type NetOptions = {
  /** Number of logits. Default 10, CIFAR-10's. */
  readonly classes?: number;
  /** `[height, width, channels]`; null height and width accept any size, as the features are averaged over all pixels. Default `[32, 32, 3]`. */
  readonly inputShape?: readonly [height: number | null, width: number | null, channels: number];
  /** Subtracts `mean` and divides by `std` in a first layer, one value a channel. Default: none, as Squeeze Training's published models take [0, 1]. */
  readonly normalization?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Default: the one that the network was published with. */
  readonly activation?: NetActivation;
  /** Draws the initial weights: the same seed gives the same ones on every back end. Default 0. */
  readonly seed?: number;
  /** The model's name in summaries and saved files. */
  readonly name?: string;
};

/** `NetOptions` with its defaults filled in. */
export type CheckedNetOptions = {
  readonly classes: number;
  readonly inputShape: readonly [number | null, number | null, number];
  readonly normalization: NetOptions['normalization'] | undefined;
  readonly activation: NetActivation;
  readonly seed: number;
  readonly name: string;
};

const NET_OPTIONS: readonly (keyof NetOptions)[] = [
  'classes',
  'inputShape',
  'normalization',
  'activation',
  'seed',
  'name',
];

/**
 * Checks what all networks share and refuses misspelt options.
 * @throws {InvalidArgumentError} naming the option.
 */
export function checkNetOptions(
  where: Where,
  options: NetOptions,
  {
    own,
    name,
    activation,
  }: { readonly own: readonly string[]; readonly name: string; readonly activation?: NetActivation },
): CheckedNetOptions {
  checkKnownOptions(where, options, [...own, ...NET_OPTIONS]);
  const { classes = 10, inputShape = [32, 32, 3], normalization, seed = 0 } = options;
  checkNumber(where, 'classes', classes, { min: 2, integer: true });
  checkNumber(where, 'seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkInputShape(where, inputShape);
  return {
    classes,
    inputShape,
    normalization,
    activation: checkChoice(where, 'activation', options.activation ?? activation ?? 'relu', NET_ACTIVATIONS),
    seed,
    name: options.name ?? name,
  };
}

/**
 * Returns `sizes` if it is a list of integers >= 1 of the length wanted.
 * @throws {InvalidArgumentError}
 */
export function checkSizes(where: Where, argument: string, sizes: unknown, length?: number): readonly number[] {
  const right = Array.isArray(sizes) && sizes.length > 0 && (length === undefined || sizes.length === length);
  if (!right) {
    const wanted = length === undefined ? 'a list of integers >= 1' : `${length} integers >= 1`;
    throw new InvalidArgumentError(`${where}: ${argument} must be ${wanted}, got ${describeValue(sizes)}.`, {
      argument,
      received: sizes,
    });
  }
  return sizes.map((size, i) => checkNumber(where, `${argument}[${i}]`, size, { min: 1, integer: true }));
}

function checkInputShape(where: Where, shape: readonly unknown[]): void {
  const [height, width, channels] = Array.isArray(shape) ? shape : [];
  const isSize = (size: unknown): boolean => typeof size === 'number' && Number.isInteger(size) && size >= 1;
  if (shape.length === 3 && [height, width].every((size) => size === null || isSize(size)) && isSize(channels)) return;
  throw new InvalidArgumentError(
    `${where}: inputShape must be [height, width, channels] of integers >= 1 (null height and width: any), got ${describeValue(shape)}.`,
    { argument: 'inputShape', received: shape },
  );
}
