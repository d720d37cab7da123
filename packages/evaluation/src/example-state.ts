import type { ThreatModel } from '@st/core';

import { largestNorm } from './perturbation-norm.ts';
import type { AttackOnExample, BrokenBy } from './report/robustness-report.ts';

/** The state of one example during the evaluation. */
export type ExampleState = {
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Whether the image lies in [0, 1]. If not, no attack runs on it: all attacks clip to [0, 1], which would move every point of its ball. */
  readonly isInside: boolean;
  /** Results of `attacks` of the evaluation, in order. */
  readonly attacks: AttackOnExample[];
  /** The first misclassified point in the ball of the evaluation, whichever part of the run found it; null while none is known. */
  broken: BrokenBy | null;
  /** The smallest norm of a checked misclassified point, infinity while none is known. It decides robustness at every radius. */
  nearest: number;
};

/** The standing examples: classified correctly, and not yet broken in the ball of the evaluation. */
export function standingOf(examples: readonly ExampleState[]): ExampleState[] {
  return attackable(examples).filter(({ broken }) => broken === null);
}

/** The examples that are classified correctly and whose image lies in [0, 1]. */
export function attackable(examples: readonly ExampleState[]): ExampleState[] {
  return examples.filter(({ label, predicted, isInside }) => predicted === label && isInside);
}

/**
 * Updates an example with the checked result of an attack. A misclassified point counts at every radius that it lies within, whichever part
 * of the run found it, even if it lies outside the ball of the attack.
 * @param threat - The threat model of the evaluation; null without attacks.
 */
export function learnOutcome(
  example: ExampleState,
  { attack, outcome, norm, predicted }: AttackOnExample,
  { phase, epsilon }: Pick<BrokenBy, 'phase' | 'epsilon'>,
  threat: ThreatModel | null,
): void {
  if (norm === null || predicted === null || !isMisclassified(outcome, predicted, example.label)) return;
  example.nearest = Math.min(example.nearest, norm);
  if (example.broken || !threat || norm > largestNorm(threat)) return;
  example.broken = { phase, attack, epsilon, norm, predicted };
}

/** Whether a claimed point is a valid image that the model misclassifies, inside the attack's ball or not. */
export function isMisclassified(outcome: AttackOnExample['outcome'], predicted: number | null, label: number): boolean {
  return outcome === 'broken' || (outcome === 'outside-ball' && predicted !== null && predicted !== label);
}
