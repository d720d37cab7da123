import type { Configuration } from './configuration.ts';
import type { Method } from './method.ts';

/** The settings that the values of a method and a norm depend on. */
type Context = Pick<Configuration, 'method' | 'norm' | 'epsilon' | 'steps'>;

/**
 * The values of a method or a norm that replace a preset's values, which are for squeeze training in l-infinity. Weights, starts and steps are as
 * published; in l2 radius and steps are those of Wu et al. 2020 (AWP, arXiv 2004.05884), section 5.
 * @param context - The settings that are already fixed; epsilon is the preset's if `radiusIsOpen`.
 */
export function methodValues(context: Context, radiusIsOpen: boolean): Partial<Configuration> {
  const epsilon = context.norm === 'l2' && radiusIsOpen ? L2_RADIUS : context.epsilon;
  return {
    ...(context.norm === 'l2' ? { epsilon, ...l2Steps({ ...context, epsilon }) } : {}),
    ...(context.method === 'squeeze' ? {} : { start: null }),
    ...METHOD_VALUES[context.method]?.(epsilon),
  };
}

const L2_RADIUS = 128 / 255;

/** Total length of AWP's ten steps of 15/255, in radii of its ball of 128/255. */
const L2_LENGTH = (10 * 15) / 128;

/** The steps of TRADES' code have a total length of twice the radius; those of other searches the length of AWP's ten steps. */
function l2Steps({ method, epsilon, steps }: Context): Pick<Configuration, 'stepSize' | 'evalStepSize'> {
  const length = method === 'trades' ? 2 : L2_LENGTH;
  return { stepSize: (length * epsilon) / steps, evalStepSize: epsilon / 4 };
}

const METHOD_VALUES: { readonly [method in Method]?: (epsilon: number) => Partial<Configuration> } = {
  mart: () => ({ beta: 5 }),
  alp: () => ({ beta: 0.5 }),
  'fgsm-rs': (epsilon) => ({ stepSize: 1.25 * epsilon }),
  'n-fgsm': (epsilon) => ({ stepSize: epsilon }),
  free: (epsilon) => ({ stepSize: epsilon, delay: 0 }),
  natural: () => ({ delay: 0 }),
};
