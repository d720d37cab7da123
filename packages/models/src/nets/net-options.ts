import { InvalidArgumentError } from '@st/core';
import { checkChoice, checkKnownOptions, checkNumber, describeValue, type Where } from '@st/core/kit';

/** Activation after batch normalizations: ReLU max(0, x), or SiLU x * sigmoid(x), also called Swish (Ramachandran et al. 2017, arXiv 1710.05941). */
export type NetActivation = 'relu' | 'silu';

const NET_ACTIVATIONS: readonly NetActivation[] = ['relu', 'silu'];

/** How a network's features are averaged before they are classified. */
export type Pool = 'global' | number;

/** Options of every network. */
export type NetOptions = {
  /** Number of classes, the length of the logits. Default 10, as in CIFAR-10. */
  readonly classes?: number;
  /** `[height, width, channels]`; null height and width accept any size, which needs `pool: 'global'`. Default `[32, 32, 3]`. */
  readonly inputShape?: readonly [height: number | null, width: number | null, channels: number];
  /** Adds a first layer (x - mean) / std, one value per channel. Default: none, because Squeeze Training's published models take [0, 1]. */
  readonly normalization?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Default: the published activation of the network. */
  readonly activation?: NetActivation;
  /**
   * `'global'` (default): features are averaged over all pixels. A number: over square windows of this side; pixels beyond the last complete
   * window are dropped. Published code uses windows: `avg_pool2d(out, 4)` (ResNets, PreActResNets) and `avg_pool2d(out, 8)` (WideResNets).
   * Both are equal for 32 x 32 images. At 40 x 40 the windows drop one of five pixels per side; at 64 x 64 a ResNet classifies four averages
   * per feature.
   */
  readonly pool?: Pool;
  /** Seed of the initial weights: the same seed gives the same weights on every back end. Default 0. */
  readonly seed?: number;
  /** The model's name in summaries and saved files. */
  readonly name?: string;
};

/** `NetOptions` with defaults. */
export type CheckedNetOptions = {
  readonly classes: number;
  readonly inputShape: readonly [number | null, number | null, number];
  readonly normalization: NetOptions['normalization'] | undefined;
  readonly activation: NetActivation;
  readonly pool: Pool;
  readonly seed: number;
  readonly name: string;
};

const NET_OPTIONS: readonly (keyof NetOptions)[] = [
  'classes',
  'inputShape',
  'normalization',
  'activation',
  'pool',
  'seed',
  'name',
];

/** What is specific to one network. */
export type OwnNetOptions = {
  /** Names of the options that are not in `NetOptions`. */
  readonly own: readonly string[];
  /** The model's name. */
  readonly name: string;
  /** A call that builds the network, for errors: `resnet18({ classes: 10 })`. */
  readonly example: string;
  /** Default: `'relu'`. */
  readonly activation?: NetActivation;
};

/**
 * Checks that the options are an object: in JavaScript `resnet18(100)` would otherwise build 10 classes.
 * @throws {InvalidArgumentError} with the call to write.
 */
export function checkOptionsGiven(where: Where, options: unknown, example: string): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  const line = typeof options === 'number' ? example.replace(/classes: \d+/, `classes: ${options}`) : example;
  throw new InvalidArgumentError(`${where}: options must be an object, got ${describeValue(options)}. Write ${line}.`, {
    argument: 'options',
    received: options,
  });
}

/**
 * Checks the options that all networks share, and fills in defaults.
 * @throws {InvalidArgumentError} for an unknown option or an invalid value, with the option's name.
 */
export function checkNetOptions(
  where: Where,
  options: NetOptions,
  { own, name, example, activation }: OwnNetOptions,
): CheckedNetOptions {
  checkOptionsGiven(where, options, example);
  checkKnownOptions(where, options, [...own, ...NET_OPTIONS]);
  const { classes = 10, inputShape = [32, 32, 3], normalization, pool = 'global', seed = 0 } = options;
  checkNumber(where, 'classes', classes, {
    min: 2,
    integer: true,
    hint: classes === 1 ? 'Two classes are two logits.' : '',
  });
  checkNumber(where, 'seed', seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true });
  checkInputShape(where, inputShape);
  checkNormalizationGiven(where, normalization);
  checkPool(where, pool);
  return {
    classes,
    inputShape,
    normalization,
    activation: checkChoice(where, 'activation', options.activation ?? activation ?? 'relu', NET_ACTIVATIONS),
    pool,
    seed,
    name: checkName(where, options.name ?? name),
  };
}

/** Checks the form only; the layer `Normalize` checks the numbers. */
function checkNormalizationGiven(where: Where, normalization: unknown): void {
  const isPair =
    typeof normalization === 'object' && normalization !== null && 'mean' in normalization && 'std' in normalization;
  if (normalization === undefined || isPair) return;
  throw new InvalidArgumentError(
    `${where}: normalization must be { mean, std } with one number per channel, got ${describeValue(normalization)}. Leave it out if images are not normalized.`,
    { argument: 'normalization', received: normalization },
  );
}

function checkName(where: Where, name: unknown): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new InvalidArgumentError(`${where}: name must be text, got ${describeValue(name)}.`, {
    argument: 'name',
    received: name,
  });
}

/** Maximum width and number of blocks per stage, ten times the largest published. Larger networks would run for hours before they fail. */
const MAX_SIZE = 20_000;

/** @throws {InvalidArgumentError} unless it is 'global' or the side of a window. */
export function checkPool(where: Where, pool: unknown): void {
  if (pool === 'global') return;
  checkNumber(where, 'pool', pool, { min: 1, integer: true, hint: "Or pass 'global', the mean over all pixels." });
}

/**
 * Returns `sizes` if it is a list of integers in [1, 20000], of the given length if there is one.
 * @throws {InvalidArgumentError} otherwise.
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
  return sizes.map((size, i) =>
    checkNumber(where, `${argument}[${i}]`, size, { min: 1, max: MAX_SIZE, integer: true }),
  );
}

function checkInputShape(where: Where, shape: unknown): void {
  const [height, width, channels]: readonly unknown[] = Array.isArray(shape) ? shape : [];
  const isSize = (size: unknown): boolean => typeof size === 'number' && Number.isInteger(size) && size >= 1;
  if (
    Array.isArray(shape) &&
    shape.length === 3 &&
    [height, width].every((size) => size === null || isSize(size)) &&
    isSize(channels)
  )
    return;
  throw new InvalidArgumentError(
    `${where}: inputShape must be [height, width, channels] of integers >= 1 (null height and width: any), got ${describeValue(shape)}.`,
    { argument: 'inputShape', received: shape },
  );
}
