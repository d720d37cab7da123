import type { ThreatModel } from '@st/core';

import { largestNorm } from './perturbation-norm.ts';
import type { AttackOnExample, BrokenBy } from './report/robustness-report.ts';

/** One example on its way through the evaluation. */
export type ExampleState = {
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  /** Whether the image lies in [0, 1]: no attack is run on one that does not, since every point of it would be somewhere else. */
  readonly isInside: boolean;
  /** Of the attacks of the evaluation. */
  readonly attacks: AttackOnExample[];
  /** The first misclassified point that was found in the ball of the evaluation, whatever part of the run found it. */
  broken: BrokenBy | null;
  /** The smallest norm of a checked misclassified point, infinite while none is known: decides at every radius. */
  nearest: number;
};

/** The examples that are right as they are and not broken yet, in the ball of the evaluation. */
export function standingOf(examples: readonly ExampleState[]): ExampleState[] {
  return attackable(examples).filter(({ broken }) => broken === null);
}

/** The examples that are right as they are, and whose image an attack can start from. */
export function attackable(examples: readonly ExampleState[]): ExampleState[] {
  return examples.filter(({ label, predicted, isInside }) => predicted === label && isInside);
}

/**
 * Takes in what an attack made of an example. A checked misclassified point counts at every radius that it lies within, whichever part of
 * the run found it, and also if it lies outside the ball that it was looked for in.
 * @param threat - Of the evaluation; null without attacks.
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

/** Whether a claimed point is a valid image that the model gets wrong, in the attack's ball or not. */
export function isMisclassified(outcome: AttackOnExample['outcome'], predicted: number | null, label: number): boolean {
  return outcome === 'broken' || (outcome === 'outside-ball' && predicted !== null && predicted !== label);
}
