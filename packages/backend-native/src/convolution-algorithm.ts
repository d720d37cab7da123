import { described } from './described.ts';

/**
 * What convolutions may trade for speed; errors are relative to the largest output, against float64:
 * - `'fast'`: Winograd where it is faster, 3e-5: F(4x4, 3x3) at stride 1, F(4, 2) on the even pixels at stride 2;
 * - `'accurate'`: Winograd F(2x2, 3x3) where it is faster, 3e-6;
 * - `'direct'`: no Winograd, 3e-6.
 */
export type ConvolutionAlgorithm = 'fast' | 'accurate' | 'direct';

const ALGORITHMS: readonly ConvolutionAlgorithm[] = ['fast', 'accurate', 'direct'];

let chosen: ConvolutionAlgorithm = 'fast';

/** How convolutions are computed from now on. */
export function convolutionAlgorithm(): ConvolutionAlgorithm {
  return chosen;
}

/**
 * Chooses how convolutions are computed, in this thread; `'fast'` from the start.
 * @throws {RangeError} for any other word.
 */
export function setConvolutionAlgorithm(algorithm: ConvolutionAlgorithm): void {
  if (!ALGORITHMS.includes(algorithm)) {
    throw new RangeError(
      `[@st/backend-native] setConvolutionAlgorithm: algorithm must be 'fast', 'accurate' or 'direct', got ${described(algorithm)}.`,
    );
  }
  chosen = algorithm;
}
