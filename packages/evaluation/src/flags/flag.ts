import type { JsonObject } from '@st/core/kit';

/**
 * - `invalid`: the figures do not mean what they say;
 * - `suspect`: the robust accuracy may be too high;
 * - `note`: worth knowing when the figures are read.
 */
export type FlagSeverity = 'invalid' | 'suspect' | 'note';

/** What an evaluation can warn of. */
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

/** A warning about an evaluation: what was seen, what it means, and what to do. */
export type Flag = {
  readonly code: FlagCode;
  readonly severity: FlagSeverity;
  readonly title: string;
  /** What was seen here, with its numbers. */
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
      'Epsilon is counted in units of the [0, 1] pixel scale, so that on images of another scale it is another radius; attacks keep to [0, 1] and cannot reach these images.',
    remedy: 'Divide 8-bit pixels by 255, and put the normalisation by mean and deviation inside the model.',
  },
  'outputs-not-finite': {
    severity: 'invalid',
    title: 'Logits that are not finite',
    meaning:
      'An image whose logits hold NaN counts as misclassified, and infinite logits give attacks nothing to climb.',
    remedy: 'Look for diverged weights or a division by zero in the model, and evaluate again.',
  },
  'outputs-look-like-softmax': {
    severity: 'invalid',
    title: 'Outputs that are probabilities',
    meaning:
      'Cross-entropy of probabilities is not that of logits: its gradients all but vanish, and attacks fail without reason.',
    remedy: "Drop the softmax at the model's end, so that it returns logits.",
  },
  'outputs-randomised': {
    severity: 'invalid',
    title: 'Outputs that are random',
    meaning:
      'Passes over the same images differ, so that an attack sees other gradients than the ones it is judged by, and counts may change from run to run. An image counts as right where more than half of the passes are, and attacks go on until repeated passes confirm what they found; but each of their steps follows the gradient of one pass, so that they may find less than there is.',
    remedy:
      "Switch dropout and noise off in mode 'inference'; if the randomness is the defence, use attacks that average over it (autoAttack with version 'rand', EoT iterations).",
  },
  'outputs-depend-on-batch': {
    severity: 'invalid',
    title: 'Outputs that depend on the other images of the batch',
    meaning:
      'Batch normalisation seems to be left in training mode: an image is then judged by its company, and attacks move the statistics of the whole batch.',
    remedy:
      "Run the model with its running statistics: model.apply(images, { training: false }), or asClassifier(model), which does so in mode 'inference'.",
  },
  'attack-failed': {
    severity: 'invalid',
    title: 'Attacks that could not be run',
    meaning:
      'An attack ended with an error of its own. The examples that it was not run on count as if it had found nothing, so that the robust accuracy is that of the other attacks alone.',
    remedy: 'Do what its error says, or leave the attack out and say so.',
  },
  'gradients-wrong': {
    severity: 'invalid',
    title: 'Gradients that are wrong',
    meaning:
      "The model's gradient with respect to its input is not the slope of its logits, or an image has another gradient in a batch than alone: attacks with gradients climb in a wrong direction, and the model only looks robust.",
    remedy:
      'Mend the gradient of the operation (import an @st package before the model runs, which mends those of TensorFlow.js; check every tf.customGrad of your own). For a surrogate gradient on purpose (BPDA) say so, and rely on square beside it.',
  },
  'gradients-missing': {
    severity: 'invalid',
    title: 'No gradient to be had',
    meaning:
      'The model cannot be differentiated with respect to its input, so that only attacks without gradients say anything.',
    remedy:
      'Give the operation a gradient (tf.customGrad, the identity for a quantiser), and rely on square and transferAttack until then.',
  },
  'gradients-zero': {
    severity: 'suspect',
    title: 'Gradients that are zero',
    meaning:
      'Where the gradient of the loss is exactly zero, gradient attacks stand still: gradients are masked, by quantisation or by saturated logits, and the model only looks robust.',
    remedy:
      'Trust attacks without gradients (square) and losses that do not saturate (DLR, margin); differentiate around quantisers; scale the logits down.',
  },
  'gradients-not-finite': {
    severity: 'suspect',
    title: 'Gradients that are not finite',
    meaning: 'A gradient attack cannot move where its gradient is NaN or infinite.',
    remedy:
      'Find the operation that overflows (a root at 0, a logarithm of 0, exponentials of large logits) and mend it.',
  },
  'gradient-free-attack-stronger': {
    severity: 'suspect',
    title: 'An attack without gradients beats those with them',
    meaning:
      'With usable gradients this does not happen: they are masked, and the attacks that rely on them overestimate the robustness.',
    remedy:
      'Attack the model through what hides its gradients (adaptive attacks, EoT, straight-through gradients) before reporting it as robust.',
  },
  'accuracy-still-falling': {
    severity: 'suspect',
    title: 'More steps break more examples',
    meaning:
      'A longer plain PGD breaks examples that the whole evaluation left standing: the attacks had not converged.',
    remedy: 'Use more steps and restarts, or autoAttack, until the accuracy stays where it is.',
  },
  'claims-rejected': {
    severity: 'suspect',
    title: 'Claims of attacks that did not hold',
    meaning:
      'An attack returned points as adversarial that are none when checked; they were not counted, so that its figure may be too high.',
    remedy: 'Mend the attack: project, clip to [0, 1], and decide in mode inference on the final point.',
  },
  'epsilon-too-large': {
    severity: 'invalid',
    title: 'A radius too large to be meant',
    meaning:
      'Two evaluated images of different classes lie so close that one point is in the balls of both: no classifier can be right on both.',
    remedy:
      'Images are in [0, 1]: 8 grey levels are 8 / 255. Choose the radius below half of the distance between classes.',
  },
  'epsilon-too-small': {
    severity: 'invalid',
    title: 'A radius too small to be meant',
    meaning:
      'The ball around an 8-bit image holds no other 8-bit image: changes of less than one grey level are no attack.',
    remedy: 'Images are in [0, 1]: 8 grey levels are 8 / 255; do not divide by 255 twice.',
  },
  'one-class-predicted': {
    severity: 'invalid',
    title: 'One class for all images',
    meaning: 'A constant classifier cannot be attacked, and what it gets right it gets right by chance.',
    remedy: 'Check that the weights were loaded, and that the images are scaled as in training.',
  },
  'nothing-right': {
    severity: 'invalid',
    title: 'No image classified correctly',
    meaning: 'There was nothing to attack: the robust accuracy is that of the unchanged images.',
    remedy: 'Check labels, class order, weights and image scale.',
  },
  'one-class-labelled': {
    severity: 'note',
    title: 'Images of one class',
    meaning:
      'All evaluated images have one label, and all are predicted so: a constant classifier would do as well, and these images cannot tell the two apart.',
    remedy: 'Evaluate on images of all classes; with subsetSeed a random subset.',
  },
  'labels-contradict': {
    severity: 'note',
    title: 'One image under two labels',
    meaning: 'No classifier can be right on both, so that the accuracies have a bound below 1.',
    remedy: 'Look for duplicates in the data set, and keep the right label.',
  },
  'broken-elsewhere': {
    severity: 'note',
    title: 'Broken by more than the attacks',
    meaning:
      'Another part of the run (the distances, the attacks of other radii, the check with more steps) found adversarial examples in the ball where the attacks found none. They count in the robust accuracy, which is below what the attacks alone would say.',
    remedy: 'Use stronger attacks: the list missed what was there.',
  },
  'not-an-ensemble': {
    severity: 'note',
    title: 'Not a whole ensemble of attacks',
    meaning:
      'The robust accuracy is an upper bound. Without several losses and an attack that needs no gradients, masked gradients and unlucky losses go unseen.',
    remedy: 'Report autoAttack; keep single attacks for quick looks.',
  },
};

/** Raises a flag. */
export function flag(code: FlagCode, seen: string, evidence: JsonObject = {}): Flag {
  const { severity, title, meaning, remedy } = FLAGS[code];
  return { code, severity, title, seen, meaning, remedy, evidence };
}
