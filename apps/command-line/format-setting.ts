import type { Configuration } from '../train/configuration.ts';

const RADII: readonly (keyof Configuration)[] = ['epsilon', 'stepSize', 'evalStepSize'];

/** A setting as typed on the command line: radii that are whole gray levels as `8/255`, lists as `80,100`. */
export function formatSetting(name: keyof Configuration, value: unknown): string {
  if (typeof value === 'number' && RADII.includes(name)) return formatRadius(value);
  return String(value);
}

/** `8/255` for whole gray levels, otherwise the number. */
export function formatRadius(value: number): string {
  const levels = Math.round(value * 255 * 1e6) / 1e6;
  return Number.isInteger(levels) && levels > 0 && levels <= 255 ? `${levels}/255` : String(value);
}
