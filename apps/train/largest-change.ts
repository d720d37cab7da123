import type { Configuration } from './configuration.ts';

/**
 * The pixel change that the report draws as black or white: the radius itself for l-infinity. In l2 and l1 one pixel could take all of
 * it, yet hardly ever takes a quarter.
 */
export function largestChange({ norm, epsilon }: Pick<Configuration, 'norm' | 'epsilon'>): number {
  return norm === 'linf' ? epsilon : Math.min(1, epsilon / 4);
}
