import type { Configuration } from './configuration.ts';
import type { Method } from './method.ts';

/** What the values of a method and a norm depend on. */
type Context = Pick<Configuration, 'method' | 'norm' | 'epsilon' | 'steps'>;

/**
 * The values that a method or a norm has of its own, in place of a preset's, which are those of squeeze training in l-infinity: weights, starts
 * and steps as published, in l2 the radius and the steps of Wu et al. 2020 (AWP, arXiv 2004.05884), section 5.
 * @param context - What is settled already; epsilon is the preset's where `radiusIsOpen`.
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

/** Ten steps of 15/255 in the ball of 128/255: this part of the radius in all. */
const L2_WAY = (10 * 15) / 128;

/** TRADES' code goes twice the radius in all; other searches as far as AWP's ten steps. */
function l2Steps({ method, epsilon, steps }: Context): Pick<Configuration, 'stepSize' | 'evalStepSize'> {
  const way = method === 'trades' ? 2 : L2_WAY;
  return { stepSize: (way * epsilon) / steps, evalStepSize: epsilon / 4 };
}

const METHOD_VALUES: { readonly [method in Method]?: (epsilon: number) => Partial<Configuration> } = {
  mart: () => ({ beta: 5 }),
  alp: () => ({ beta: 0.5 }),
  'fgsm-rs': (epsilon) => ({ stepSize: 1.25 * epsilon }),
  'n-fgsm': (epsilon) => ({ stepSize: epsilon }),
  free: (epsilon) => ({ stepSize: epsilon, delay: 0 }),
  natural: () => ({ delay: 0 }),
};
