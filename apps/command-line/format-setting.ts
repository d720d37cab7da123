import type { Configuration } from '../train/configuration.ts';

const RADII: readonly (keyof Configuration)[] = ['epsilon', 'stepSize', 'evalStepSize'];

/** A setting as one would type it: radii as `8/255` where they are whole grey levels, lists as `80,100`. */
export function formatSetting(name: keyof Configuration, value: unknown): string {
  if (typeof value === 'number' && RADII.includes(name)) return formatRadius(value);
  return String(value);
}

/** `8/255` for whole grey levels, else the plain number. */
export function formatRadius(value: number): string {
  const levels = Math.round(value * 255 * 1e6) / 1e6;
  return Number.isInteger(levels) && levels > 0 && levels <= 255 ? `${levels}/255` : String(value);
}
