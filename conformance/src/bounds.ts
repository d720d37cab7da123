/** Largest errors allowed with respect to the reference, as stated in the design of the project. */
export const BOUNDS = {
  /** Logits, losses, probabilities: `relativeError`. */
  values: 1e-4,
  /** Gradients of parameters, and parameters after one update: `relativeL2`. */
  gradients: 1e-3,
  /**
   * Gradients of images: `relativeL2`. Looser, because a single ReLU of a large network whose input rounds to the other side of 0 changes them by about
   * 1e-3, and that depends on the order of summation. The signs, which searches use, have their own bound.
   */
  imageGradients: 1e-2,
  /** Running statistics of batch normalization: `relativeError`. */
  statistics: 1e-5,
  /** Divergences, schedules and other pure functions: `relativeError`. */
  pure: 1e-5,
  /** Share of the pixels that may differ after one step of a search from stored points, and of the signs of its gradients. */
  pixels: 0.002,
  /** Largest difference of a pixel after one step, in step sizes: a flipped sign of a gradient near 0 changes it by two. */
  stepSizes: 2,
  /** Parameters, momentum and statistics after three steps of training: `relativeL2`. */
  afterTraining: 2e-3,
} as const;

/** Pixels that differ by less count as equal (the references do the same). */
export const SAME_PIXEL = 1e-5;

/**
 * The same for a step in l2, in step sizes. Such a step uses the gradient itself, not its signs. At the first step of a search that starts 0.001 from the
 * images, the gradient is a difference of nearly equal numbers, with an accuracy of about 1e-4 at best.
 */
export const SAME_L2_PIXEL = 3e-4;
