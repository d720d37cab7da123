import { checkNumber, checkObject } from '../errors/check-options.ts';
import { InvalidArgumentError } from '../errors/errors.ts';
import { checkProgress, type Schedule } from './schedule.ts';

const WHERE = '[@st/core] piecewise';

/**
 * A piecewise constant learning rate that changes at the start of the given epochs: `initial` before the first of them, then the rate of the last one
 * reached. Epochs count from 1: `piecewise(0.1, { 80: 0.01 })` runs 79 epochs at 0.1.
 * @param initial - Finite, >= 0.
 * @param drops - The rate from each epoch on; at least one.
 * @throws {InvalidArgumentError} for a rate below 0 or an epoch that is not a positive integer.
 * @example piecewise(0.1, { 80: 0.01, 100: 0.001 })
 */
export function piecewise(initial: number, drops: Readonly<Record<number, number>>): Schedule {
  checkNumber(WHERE, 'initial', initial, { min: 0 });
  checkObject(WHERE, 'drops', drops, ['80: 0.01', '100: 0.001']);
  const milestones = Object.entries(drops)
    .map(([epoch, rate]) => ({
      epoch: checkNumber(WHERE, 'an epoch of drops', Number(epoch), { min: 1, integer: true }),
      rate: checkNumber(WHERE, `drops[${epoch}]`, rate, { min: 0 }),
    }))
    .sort((a, b) => b.epoch - a.epoch);
  if (milestones.length === 0) {
    throw new InvalidArgumentError(
      `${WHERE}: drops must name at least one epoch, got {}. For one rate throughout use constant(${initial}).`,
      { argument: 'drops', received: drops },
    );
  }
  return (progress) => {
    const { epoch } = checkProgress(WHERE, progress);
    return milestones.find((milestone) => epoch >= milestone.epoch)?.rate ?? initial;
  };
}
