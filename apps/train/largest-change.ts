import type { Configuration } from './configuration.ts';

/**
 * The pixel change that the report draws as black or white: for l-infinity the radius. For l2 and l1 a quarter of it: a single pixel may use the whole
 * radius, but rarely uses more than a quarter.
 */
export function largestChange({ norm, epsilon }: Pick<Configuration, 'norm' | 'epsilon'>): number {
  return norm === 'linf' ? epsilon : Math.min(1, epsilon / 4);
}
