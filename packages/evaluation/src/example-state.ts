import type { AttackOnExample } from './report/robustness-report.ts';

/** One example on its way through the evaluation. */
export type ExampleState = {
  readonly index: number;
  readonly label: number;
  readonly predicted: number;
  readonly attacks: AttackOnExample[];
  /** The attack that broke it. */
  brokenBy: string | null;
  /** The smallest norm of a perturbation known to break it, infinite while none is: what the curve goes by. */
  brokenAt: number;
};

/** The examples that are right as they are and not broken yet. */
export function standingOf(examples: readonly ExampleState[]): ExampleState[] {
  return examples.filter(({ label, predicted, brokenBy }) => predicted === label && brokenBy === null);
}
