import { checkKind, checkNumber, type Where } from '@st/core/kit';

const WHERE: Where = '[@st/attacks] apgdOscillates';

/**
 * Whether a loss rose in at most `rho` of the last `window` iterations: |{i : f(x_i) > f(x_(i-1))}| <= rho window. As in the published code, the first
 * iteration is compared with the last entry of the history, which is still 0 then.
 * @param losses - The history of one example, one entry for each iteration of the run, 0 for those not yet done.
 * @param last - The iteration just finished, from 0.
 * @throws {InvalidArgumentError} for an argument of another type or out of range.
 * @see Croce and Hein 2020, arXiv 2003.01690, section 3.1, condition 1
 */
export function apgdOscillates(losses: Float32Array, last: number, window: number, rho: number): boolean {
  checkKind(WHERE, 'losses', losses, 'numbers');
  checkNumber(WHERE, 'last', last, { min: 0, max: losses.length - 1, integer: true });
  checkNumber(WHERE, 'window', window, { min: 1, max: losses.length, integer: true });
  checkNumber(WHERE, 'rho', rho, { min: 0, max: 1 });
  let rises = 0;
  for (let i = last; i > last - window; i--) {
    const before = losses.at(i - 1); // at(-1) is the last entry
    if ((losses[i] ?? Number.NaN) > (before ?? Number.NaN)) rises++;
  }
  return rises <= Math.fround(window * rho);
}
