import { described } from './described.ts';

/**
 * How much accuracy convolutions may trade for speed. Errors are against float64, relative to the largest output:
 * - `'fast'`: Winograd where faster, error 3e-5: F(4x4, 3x3) at stride 1, F(4, 2) on the even pixels at stride 2;
 * - `'accurate'`: Winograd F(2x2, 3x3) where faster, error 3e-6;
 * - `'direct'`: no Winograd, error 3e-6.
 */
export type ConvolutionAlgorithm = 'fast' | 'accurate' | 'direct';

const ALGORITHMS: readonly ConvolutionAlgorithm[] = ['fast', 'accurate', 'direct'];

let chosen: ConvolutionAlgorithm = 'fast';

/** The current algorithm of convolutions. */
export function convolutionAlgorithm(): ConvolutionAlgorithm {
  return chosen;
}

/**
 * Sets the algorithm of convolutions for this thread; the default is `'fast'`.
 * @throws {RangeError} for any other value.
 */
export function setConvolutionAlgorithm(algorithm: ConvolutionAlgorithm): void {
  if (!ALGORITHMS.includes(algorithm)) {
    throw new RangeError(
      `[@st/backend-native] setConvolutionAlgorithm: algorithm must be 'fast', 'accurate' or 'direct', got ${described(algorithm)}.`,
    );
  }
  chosen = algorithm;
}
