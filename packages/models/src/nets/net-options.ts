import { InvalidArgumentError } from '@st/core';
import { checkChoice, checkKnownOptions, checkNumber, describeValue, type Where } from '@st/core/kit';

/** What a network applies after its batch normalisations: max(0, x), or x * sigmoid(x), also called Swish (Ramachandran et al. 2017, arXiv 1710.05941). */
export type NetActivation = 'relu' | 'silu';

const NET_ACTIVATIONS: readonly NetActivation[] = ['relu', 'silu'];

/** How a network's features are averaged before they are classified. */
export type Pool = 'global' | number;

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
  /**
   * `'global'` (default): features are averaged over all pixels. A number: over windows of so many pixels a side, whose rest is dropped, as
   * published code does by `avg_pool2d(out, 4)` (ResNets, PreActResNets) and `avg_pool2d(out, 8)` (WideResNets). Both are the same at
   * 32 x 32 pixels; at 40 x 40 the published form drops a pixel of five a side, at 64 x 64 a ResNet classifies four averages a feature.
   */
  readonly pool?: Pool;
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

/** What a network has of its own. */
export type OwnNetOptions = {
  /** Names of options beside `NetOptions`. */
  readonly own: readonly string[];
  /** The model's name. */
  readonly name: string;
  /** How the network is built, shown where options are none: `resnet18({ classes: 10 })`. */
  readonly example: string;
  /** Default: `'relu'`. */
  readonly activation?: NetActivation;
};

/**
 * Refuses what is no object of options, before anything of it is read: in JavaScript `resnet18(100)` would build 10 classes.
 * @throws {InvalidArgumentError} with the line to write.
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
 * Checks what all networks share and refuses misspelt options.
 * @throws {InvalidArgumentError} naming the option.
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

/** The layer checks the numbers. */
function checkNormalizationGiven(where: Where, normalization: unknown): void {
  const isPair =
    typeof normalization === 'object' && normalization !== null && 'mean' in normalization && 'std' in normalization;
  if (normalization === undefined || isPair) return;
  throw new InvalidArgumentError(
    `${where}: normalization must be { mean, std } with one number a channel, got ${describeValue(normalization)}. Leave it out for images that go in as they are.`,
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

/** Of widths and blocks a stage; the largest published networks have a tenth of it. A larger one would run for hours before it fails. */
const MAX_SIZE = 20_000;

/** @throws {InvalidArgumentError} for what is neither 'global' nor a window's side. */
export function checkPool(where: Where, pool: unknown): void {
  if (pool === 'global') return;
  checkNumber(where, 'pool', pool, { min: 1, integer: true, hint: "Or pass 'global', the mean over all pixels." });
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
