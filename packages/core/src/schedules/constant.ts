import { checkNumber } from '../errors/check-options.ts';
import type { Schedule } from './schedule.ts';

/**
 * A constant learning rate.
 * @param rate - Finite, >= 0.
 * @throws {InvalidArgumentError} for another rate.
 */
export function constant(rate: number): Schedule {
  checkNumber('[@st/core] constant', 'rate', rate, { min: 0 });
  return () => rate;
}
