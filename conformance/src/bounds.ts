/** How far a result may be from the reference, as the design of the project states it. */
export const BOUNDS = {
  /** Logits, losses, probabilities: `relativeError`. */
  values: 1e-4,
  /** Gradients of parameters, and what one update makes of them: `relativeL2`. */
  gradients: 1e-3,
  /**
   * Gradients of images: `relativeL2`. Looser, because one ReLU of a large network whose input rounds to the other side of 0 changes them
   * by some 1e-3 in any order of summation; what searches take of them, the signs, is bounded by itself.
   */
  imageGradients: 1e-2,
  /** Running statistics of batch normalisation: `relativeError`. */
  statistics: 1e-5,
  /** Divergences, schedules and other pure functions: `relativeError`. */
  pure: 1e-5,
  /** Share of the pixels that may differ after one step of a search from stored points, and of the signs of its gradients. */
  pixels: 0.002,
  /** How far a pixel may differ after one step, in step sizes: a flipped sign of a gradient near 0 moves it by two. */
  stepSizes: 2,
  /** Parameters, momentum and statistics after three steps of training: `relativeL2`. */
  afterTraining: 2e-3,
} as const;

/** Below this difference two pixels are the same (the references count so, too). */
export const SAME_PIXEL = 1e-5;

/**
 * The same for a step in l2, in step sizes. Such a step takes the gradient as it is, not its signs, and at the first step of a search that
 * starts 0.001 beside the images the gradient is a difference of nearly equal numbers, exact to some 1e-4 at best.
 */
export const SAME_L2_PIXEL = 3e-4;
