import type { JsonObject } from '@st/core/kit';

/**
 * - `invalid`: the results are not valid;
 * - `suspect`: the robust accuracy may be too high;
 * - `note`: helps to interpret the results.
 */
export type FlagSeverity = 'invalid' | 'suspect' | 'note';

/** Identifies a kind of warning. */
export type FlagCode =
  | 'inputs-outside-bounds'
  | 'outputs-not-finite'
  | 'outputs-look-like-softmax'
  | 'outputs-randomised'
  | 'outputs-depend-on-batch'
  | 'attack-failed'
  | 'gradients-wrong'
  | 'gradients-missing'
  | 'gradients-zero'
  | 'gradients-not-finite'
  | 'gradient-free-attack-stronger'
  | 'accuracy-still-falling'
  | 'claims-rejected'
  | 'epsilon-too-large'
  | 'epsilon-too-small'
  | 'one-class-predicted'
  | 'nothing-right'
  | 'one-class-labelled'
  | 'labels-contradict'
  | 'broken-elsewhere'
  | 'not-an-ensemble';

/** A warning about an evaluation: what was observed, what it means, and what to do. */
export type Flag = {
  readonly code: FlagCode;
  readonly severity: FlagSeverity;
  readonly title: string;
  /** What was observed in this evaluation, with numbers. */
  readonly seen: string;
  readonly meaning: string;
  readonly remedy: string;
  /** The numbers behind `seen`. */
  readonly evidence: JsonObject;
};

type FlagKind = Pick<Flag, 'severity' | 'title' | 'meaning' | 'remedy'>;

/** Every flag that an evaluation can raise. */
export const FLAGS: Readonly<Record<FlagCode, FlagKind>> = {
  'inputs-outside-bounds': {
    severity: 'invalid',
    title: 'Images outside [0, 1]',
    meaning:
      'Epsilon is in units of the [0, 1] pixel scale, so on images of another scale it is a different radius. Attacks stay in [0, 1] and do not run on these images.',
    remedy: 'Divide 8-bit pixels by 255, and move normalization by mean and deviation into the model.',
  },
  'outputs-not-finite': {
    severity: 'invalid',
    title: 'Logits that are not finite',
    meaning: 'An image with NaN logits counts as misclassified, and infinite logits give attacks no useful gradient.',
    remedy: 'Look for diverged weights or a division by zero in the model, then evaluate again.',
  },
  'outputs-look-like-softmax': {
    severity: 'invalid',
    title: 'Outputs that are probabilities',
    meaning:
      'Attacks apply cross-entropy to logits. Applied to probabilities it has nearly vanishing gradients, and attacks fail although the model is not robust.',
    remedy: 'Remove the softmax at the end of the model, so that it returns logits.',
  },
  'outputs-randomised': {
    severity: 'invalid',
    title: 'Outputs that are random',
    meaning:
      'Forward passes over the same images differ, so the gradients that an attack follows are not those of the passes that judge it, and counts may change from run to run. An image counts as correct if more than half of the passes classify it correctly, and attacks continue until repeated passes confirm an adversarial example. But each attack step follows the gradient of one pass, so attacks may miss adversarial examples.',
    remedy:
      "Switch off dropout and noise in mode 'inference'. If the randomness is the defense, use attacks that average over it (autoAttack with version 'rand', EoT iterations).",
  },
  'outputs-depend-on-batch': {
    severity: 'invalid',
    title: 'Outputs that depend on the other images of the batch',
    meaning:
      'Batch normalization is probably in training mode: the prediction for an image then depends on the other images of the batch, and an attack changes the statistics of the whole batch.',
    remedy:
      "Run the model with its running statistics: model.apply(images, { training: false }), or asClassifier(model), which does so in mode 'inference'.",
  },
  'attack-failed': {
    severity: 'invalid',
    title: 'Attacks that could not be run',
    meaning:
      'An attack threw an error. On the examples that it did not run on, it counts as having found nothing, so their robust accuracy comes from the other attacks alone.',
    remedy: 'Do what the error says, or remove the attack and say so when you report the results.',
  },
  'gradients-wrong': {
    severity: 'invalid',
    title: 'Gradients that are wrong',
    meaning:
      "The model's input gradient differs from finite differences of its logits, or an image has a different gradient in a batch than alone. Gradient attacks step in a wrong direction, and the model only looks robust.",
    remedy:
      'Correct the gradient of the operation: import an @st package before the model runs, which corrects those of TensorFlow.js, and check each of your own tf.customGrad. If the gradient is a deliberate surrogate (BPDA), say so and also rely on square.',
  },
  'gradients-missing': {
    severity: 'invalid',
    title: 'No gradient',
    meaning:
      'The model is not differentiable with respect to its input, so only the results of gradient-free attacks are meaningful.',
    remedy:
      'Give the operation a gradient (tf.customGrad, for example the identity for a quantizer). Until then rely on square and transferAttack.',
  },
  'gradients-zero': {
    severity: 'suspect',
    title: 'Gradients that are zero',
    meaning:
      'Where the gradient of the loss is exactly zero, gradient attacks do not move: quantization or saturated logits mask the gradient, and the model only looks robust.',
    remedy:
      'Rely on gradient-free attacks (square) and on losses that do not saturate (DLR, margin); give quantizers a surrogate gradient; scale the logits down.',
  },
  'gradients-not-finite': {
    severity: 'suspect',
    title: 'Gradients that are not finite',
    meaning: 'A gradient attack cannot move where the gradient is NaN or infinite.',
    remedy:
      'Find and correct the operation that overflows (a root at 0, a logarithm of 0, exponentials of large logits).',
  },
  'gradient-free-attack-stronger': {
    severity: 'suspect',
    title: 'A gradient-free attack beats the gradient attacks',
    meaning:
      'With useful gradients this does not happen. The gradients are masked, and gradient attacks overestimate the robustness.',
    remedy:
      'Use attacks that get around the masking (adaptive attacks, EoT, straight-through gradients) before reporting the model as robust.',
  },
  'accuracy-still-falling': {
    severity: 'suspect',
    title: 'More steps break more examples',
    meaning:
      'PGD with more steps breaks examples that no attack of the evaluation broke: the attacks had not converged.',
    remedy: 'Use more steps and restarts, or autoAttack, until the accuracy no longer changes.',
  },
  'claims-rejected': {
    severity: 'suspect',
    title: 'Rejected claims of attacks',
    meaning:
      'An attack claimed adversarial examples that failed the check. They were not counted, so the robust accuracy under this attack may be too high.',
    remedy: 'Correct the attack: project, clip to [0, 1], and classify the final point in mode inference.',
  },
  'epsilon-too-large': {
    severity: 'invalid',
    title: 'Implausibly large radius',
    meaning:
      'The balls around two evaluated images of different classes intersect: no classifier can be robust on both.',
    remedy: 'Images are in [0, 1]: 8 grey levels are 8 / 255. Choose a radius below half the distance between classes.',
  },
  'epsilon-too-small': {
    severity: 'invalid',
    title: 'Implausibly small radius',
    meaning:
      'The ball around an 8-bit image contains no other 8-bit image: a change of less than one grey level is not a meaningful attack.',
    remedy: 'Images are in [0, 1]: 8 grey levels are 8 / 255; do not divide by 255 twice.',
  },
  'one-class-predicted': {
    severity: 'invalid',
    title: 'One class predicted for all images',
    meaning: 'A constant classifier cannot be attacked, and its correct predictions are chance.',
    remedy: 'Check that the weights were loaded and that the images are scaled as in training.',
  },
  'nothing-right': {
    severity: 'invalid',
    title: 'No image classified correctly',
    meaning: 'There was nothing to attack: the robust accuracy is 0 because the natural accuracy is 0.',
    remedy: 'Check labels, class order, weights and image scale.',
  },
  'one-class-labelled': {
    severity: 'note',
    title: 'Images of one class',
    meaning:
      'All evaluated images have the same label, and all predictions agree with it: on these images the model cannot be told from a constant classifier.',
    remedy: 'Evaluate on images of all classes, for example on a random subset (subsetSeed).',
  },
  'labels-contradict': {
    severity: 'note',
    title: 'One image under two labels',
    meaning: 'No classifier can be correct on both, so accuracy cannot reach 1.',
    remedy: 'Look for duplicates in the data set, and keep the correct label.',
  },
  'broken-elsewhere': {
    severity: 'note',
    title: 'Adversarial examples that the attacks missed',
    meaning:
      'Another part of the run (distances, attacks at other radii, check with more steps) found adversarial examples in the ball where the attacks found none. They count, so the robust accuracy is lower than with the attacks alone.',
    remedy: 'Use stronger attacks.',
  },
  'not-an-ensemble': {
    severity: 'note',
    title: 'Not a complete ensemble of attacks',
    meaning:
      'The robust accuracy is an upper bound. Only several losses together with a gradient-free attack reveal masked gradients and an unsuitable loss.',
    remedy: 'Report autoAttack; use single attacks only for quick checks.',
  },
};

/** Raises a flag. */
export function flag(code: FlagCode, seen: string, evidence: JsonObject = {}): Flag {
  const { severity, title, meaning, remedy } = FLAGS[code];
  return { code, severity, title, seen, meaning, remedy, evidence };
}
