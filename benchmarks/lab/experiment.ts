/** The networks of the laboratory. */
export type Network = 'wrn-10-1' | 'wrn-10-2' | 'wrn-16-4';

/** The trainings compared, by the names of the tables. */
export type Method = 'natural' | 'AT' | 'TRADES' | 'MART' | 'ST' | 'ST + AWP';

/** One training; its measurements follow from it. */
export type Experiment = {
  readonly network: Network;
  readonly method: Method;
  readonly epochs: number;
  readonly seed: number;
  /** Weight of the regularizer; null for methods without one. */
  readonly beta: number | null;
};

/** Flags of `npm start` that all trainings share. Five steps of the inner search instead of ten, because each costs a gradient. */
const SHARED = [
  ...['--preset', 'paper-resnet18', '--batch-size', '128', '--augment', '--steps', '5', '--step-size', '4/255'],
  ...['--schedule', 'one-cycle', '--lr', '0.1', '--rise', '0.3', '--weight-decay', '5e-4', '--momentum', '0.9'],
  ...['--validation', '1000', '--validation-steps', '10', '--checkpoint-every', '50', '--baseline-steps', '0'],
  ...['--eval-examples', '1000', '--eval-steps', '20', '--eval-step-size', '2/255', '--path-examples', '200'],
];

const FLAGS: Readonly<Record<Method, readonly string[]>> = {
  natural: ['--method', 'natural'],
  AT: ['--method', 'at'],
  TRADES: ['--method', 'trades'],
  MART: ['--method', 'mart'],
  ST: ['--method', 'squeeze'],
  'ST + AWP': ['--method', 'squeeze', '--awp', '0.005'],
};

/** Flags of `SHARED` that have no effect on natural training, which refuses them. */
const OF_THE_SEARCH = ['--steps', '--step-size', '--baseline-steps'];

/** The flags of `npm start` for a training. */
export function trainingFlags({ network, method, epochs, seed, beta }: Experiment): readonly string[] {
  const shared = method === 'natural' ? withoutFlags(SHARED, OF_THE_SEARCH) : SHARED;
  const weight = beta === null ? [] : ['--beta', `${beta}`];
  return [...shared, ...FLAGS[method], ...weight, '--model', network, '--epochs', `${epochs}`, '--seed', `${seed}`];
}

function withoutFlags(flags: readonly string[], left: readonly string[]): readonly string[] {
  return flags.filter((flag, i) => !left.includes(flag) && !left.includes(flags[i - 1] ?? ''));
}

/** Name of an experiment, of its folder and of its files: `wrn-10-1-20-epochs-st-beta-6-seed-1`. */
export function nameOf({ network, method, epochs, seed, beta }: Experiment): string {
  const words = method.toLowerCase().replace(' + ', '-');
  return `${network}-${epochs}-epochs-${words}${beta === null ? '' : `-beta-${beta}`}-seed-${seed}`;
}
